import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyResult } from "../../src/domain/task.js";
import { LogWriter } from "../../src/nats/logs.js";
import { publishJson } from "../../src/nats/session.js";
import { eventually } from "../support/eventually.js";
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

test("no such task: exit 3; no log yet: a note", async () => {
  expect((await cli.mjagent(["logs", "nope", "-f"])).exitCode).toBe(3);
  await cli.publish({ task_id: "new", title: "New" });
  const run = await cli.mjagent(["logs", "new"]);
  expect(run).toMatchObject({ exitCode: 0, stdout: "" });
  expect(run.stderr).toContain("task new is available and has no log yet");
});
