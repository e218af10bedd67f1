import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyResult } from "../../src/domain/task.js";
import { LogWriter } from "../../src/nats/logs.js";
import { publishJson } from "../../src/nats/session.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
});
afterAll(() => cli[Symbol.asyncDispose]());

const writer = (task_id: string, attempt: number) =>
  new LogWriter(cli.session, { task_id, attempt, epoch: attempt, agent_id: "Debbie" });

test("lines of all attempts, each attempt under a header on stderr", async () => {
  await cli.publish({ task_id: "two", title: "Two attempts" });
  for (const attempt of [1, 2]) {
    const log = writer("two", attempt);
    log.write("stdout", `attempt ${attempt}\u001b[31m in red\u001b[0m \u0007`);
    log.write("stderr", "oops");
    await log.close();
  }
  const run = await cli.mjagent(["logs", "two"]);
  expect(run).toMatchObject({
    exitCode: 0,
    stdout: "attempt 1 in red \\x07\noops\nattempt 2 in red \\x07\noops",
  });
  expect(run.stderr).toMatch(/^── attempt 1, Debbie, \S+ ──\n── attempt 2, Debbie, \S+ ──$/);
  const json = await cli.mjagent(["logs", "two", "--json"]);
  const lines = JSON.parse(json.stdout) as object[];
  expect(lines).toHaveLength(4);
  expect(lines[1]).toEqual({
    seq: 2,
    stream: "stderr",
    text: "oops",
    time: expect.any(String) as string,
    attempt: 1,
    epoch: 1,
    agent_id: "Debbie",
  });
});

test("says what is missing", async () => {
  await cli.publish({ task_id: "gap", title: "Gap" });
  const line = (seq: number) => ({ seq, stream: "stdout", text: `line ${seq}`, time: cli.session.now() });
  const batch = { attempt: 1, epoch: 1, agent_id: "Debbie", lines: [line(1), line(4)], dropped: 2 };
  await publishJson(cli.session, cli.session.names.log("gap"), batch);
  const run = await cli.mjagent(["logs", "gap"]);
  expect(run.stdout).toBe("line 1\nline 4");
  expect(run.stderr).toContain("2 lines are missing here");
});

test("-f goes on until the task has ended and every line is there", async () => {
  await cli.publish({ task_id: "live", title: "Live" });
  const fence = await cli.claim("live");
  const text = cli.mjagent(["logs", "live", "-f"]);
  const json = cli.mjagent(["logs", "live", "-f", "--json"]);
  let seen = "";
  text.stdout.on("data", (data: Buffer) => (seen += data.toString()));
  const log = writer("live", 1);
  log.write("stdout", "first");
  await eventually(() => seen.includes("first"));
  for (let n = 0; n < 2_000; n++) log.write("stdout", `line ${n}`);
  await log.close();
  await cli.apply("live", { type: "completed", fence, result: emptyResult(), handoff: [] });
  const lines = (await text).stdout.split("\n");
  expect((await text).exitCode).toBe(0);
  expect(lines).toHaveLength(2_001);
  expect(lines.at(-1)).toBe("line 1999");
  const parsed = (await json).stdout.split("\n").map((line) => JSON.parse(line) as { seq: number });
  expect(parsed.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_001 }, (_, index) => index + 1));
});

test("of a protocol's lines what people are shown of them; with --raw the bytes; with --json both", async () => {
  await cli.publish({ task_id: "agent", title: "Agent" });
  const protocol = '{"type":"text","text":"hello\\nworld"}';
  const log = writer("agent", 1);
  log.write("stdout", "a plain \u001b[1mline\u001b[0m \u0007");
  log.write("stdout", protocol, ["hello", "wor\u0007ld"]);
  log.write("stdout", '{"type":"ping"}', []);
  await log.close();
  const shown = await cli.mjagent(["logs", "agent"]);
  expect(shown.stdout).toBe("a plain line \\x07\nhello\nwor\\x07ld");
  const raw = await cli.mjagent(["logs", "agent", "--raw"]);
  expect(raw.stdout).toBe(`a plain \u001b[1mline\u001b[0m \u0007\n${protocol}\n{"type":"ping"}`);
  const json = JSON.parse((await cli.mjagent(["logs", "agent", "--json"])).stdout) as { shown?: string[] }[];
  expect(json.map(({ shown: lines }) => lines)).toEqual([undefined, ["hello", "wor\u0007ld"], []]);
  expect(await cli.mjagent(["logs", "agent", "--raw", "--json"])).toMatchObject({ exitCode: 2, stdout: "" });
});

test("--attempt N: only its lines; another number is no number, or has no log", async () => {
  await cli.publish({ task_id: "tries", title: "Tries" });
  for (const attempt of [1, 2]) {
    const log = writer("tries", attempt);
    log.write("stdout", `attempt ${attempt}`);
    await log.close();
  }
  expect((await cli.mjagent(["logs", "tries", "--attempt", "2"])).stdout).toBe("attempt 2");
  const json = await cli.mjagent(["logs", "tries", "--attempt", "1", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject([{ text: "attempt 1" }]);
  const none = await cli.mjagent(["logs", "tries", "--attempt", "3"]);
  expect(none).toMatchObject({ exitCode: 0, stdout: "" });
  expect(none.stderr).toContain("has no log of attempt 3");
  expect((await cli.mjagent(["logs", "tries", "--attempt", "two"])).exitCode).toBe(2);
});

test("-f shows every line of both attempts once, though the server is restarted and connections are cut meanwhile", async () => {
  await using server = await startTestServer();
  await using proxy = await startProxy(server.port);
  const workspace = freshWorkspace();
  await using session = await openTestSession(server.url, workspace);
  let failed = false;
  const second = gate();
  await using fleet = await launch(session, [
    {
      role: roleOf("debbie", { display_name: "Debbie" }),
      run: async ({ log, attempt }) => {
        for (let n = 0; n < 300; n++) {
          log(`attempt ${attempt} line ${n}`);
          if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        }
        if (!failed) {
          failed = true;
          throw new Error("once more");
        }
        await second.opened;
        log("the end");
      },
    },
  ]);
  await publish(session, { task_id: "long", title: "Long", type: "debbie" });
  const env = { NATS_URL: proxy.url, MJAGENT_WORKSPACE: workspace.id, MJAGENT_PREFIX: workspace.prefix };
  const follow = cli.mjagent(["logs", "long", "-f"], { env });
  let seen = "";
  follow.stdout.on("data", (data: Buffer) => (seen += data.toString()));
  await eventually(() => seen.includes("attempt 1 line 100"), 20_000);
  proxy.cut();
  await eventually(() => seen.includes("attempt 2 line 50"), 20_000);
  await server.kill9();
  await server.restart();
  await eventually(() => seen.includes("attempt 2 line 299"), 20_000);
  proxy.cut({ refuse: true });
  second.open();
  await taskWhen(session, "long", "completed", 20_000);
  proxy.accept();
  const { stdout, exitCode } = await follow;
  expect(fleet.events.filter(({ type }) => type === "completed")).toHaveLength(1);
  const lines = [1, 2].flatMap((attempt) => Array.from({ length: 300 }, (_, n) => `attempt ${attempt} line ${n}`));
  expect({ exitCode, lines: stdout.split("\n") }).toEqual({ exitCode: 0, lines: [...lines, "the end"] });
});

test("no such task: exit 3; no log yet: a note", async () => {
  expect((await cli.mjagent(["logs", "nope", "-f"])).exitCode).toBe(3);
  await cli.publish({ task_id: "new", title: "New" });
  const run = await cli.mjagent(["logs", "new"]);
  expect(run).toMatchObject({ exitCode: 0, stdout: "" });
  expect(run.stderr).toContain("task new is available and has no log yet");
});
