import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Chalk } from "chalk";
import type { Beat } from "../../src/domain/message.js";
import type { Snapshot } from "../../src/domain/snapshot.js";
import { sendBeat } from "../../src/nats/registry.js";
import { statusText } from "../../src/cli/status-view.js";
import { widthOf } from "../../src/cli/text.js";
import { eventually } from "../support/eventually.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
});
afterAll(() => cli[Symbol.asyncDispose]());

const beat = (agent_id: string, status: Beat["status"], lease_ms: number): Beat => ({
  agent_id,
  role: "debbie",
  description: "",
  status,
  current_task: status === "busy" ? "t1" : null,
  current_tasks: status === "busy" ? ["t1"] : [],
  timestamp: cli.session.now(),
  instance_id: agent_id,
  host: "here",
  pid: 1,
  version: "0",
  started_at: cli.session.now(),
  lease_ms,
  slots: 1,
});

describe("status", () => {
  test("of an empty workspace names the commands to type", async () => {
    const { stdout } = await cli.mjagent(["status"]);
    expect(stdout).toContain("no dispatcher leads");
    expect(stdout).toContain("none yet: mjagent run --all");
    expect(stdout).toContain("none yet: mjagent publish");
    expect(stdout).toContain("Nothing needs attention.");
  });

  test("agents, counts, throughput, and what needs attention", async () => {
    await sendBeat(cli.session, beat("Debbie", "busy", 60_000), 0, 5_000);
    await sendBeat(cli.session, beat("Alice", "idle", 1), 0, 5_000);
    await cli.publish({ task_id: "ok", title: "Ok" });
    await cli.complete("ok", "fine");
    await cli.publish({ task_id: "bad", title: "Bad" });
    await cli.fail("bad", "exited with 1");
    await cli.publish({ task_id: "ask", title: "Ask", require_approval: true });
    await cli.publish({ task_id: "lonely", title: "Lonely" });
    const { stdout } = await cli.mjagent(["status"]);
    expect(stdout).toMatch(/Debbie +busy +\S.* t1 +here pid 1/);
    expect(stdout).toMatch(/Alice +LOST/);
    expect(stdout).toMatch(/open +1 available, 1 awaiting approval\n/);
    expect(stdout).toMatch(/ended +1 completed, 1 failed\n/);
    expect(stdout).toMatch(/last hour +1 completed, 1 failed\n/);
    expect(stdout).toMatch(/lost agent +Alice +silent for/);
    expect(stdout).toMatch(/failed +bad +Bad: exited with 1/);
    expect(stdout).toMatch(/unrouted +lonely/);
    expect(stdout).toContain("mjagent approve ID");
    const json = JSON.parse((await cli.mjagent(["status", "--json"])).stdout) as Snapshot;
    expect(json.tasks).toMatchObject({ completed: 1, failed: 1, available: 1, awaiting_approval: 1 });
    const { stdout: ids } = await cli.mjagent(["status", "-q"]);
    expect(ids.split("\n").sort()).toEqual(["Alice", "ask", "bad", "lonely"]);
    for (const width of [60, 80, 120]) {
      for (const line of statusText(json, new Chalk({ level: 0 }), width).split("\n")) {
        expect(widthOf(line), line).toBeLessThanOrEqual(width);
      }
    }
  });
});

test("status --watch --json: a line for each change; Ctrl-C ends it with 130", async () => {
  const watching = cli.mjagent(["status", "--watch", "--json"]);
  let written = "";
  watching.stdout.on("data", (data: Buffer) => (written += data.toString()));
  await eventually(() => written.endsWith("\n"));
  await cli.publish({ task_id: "news", title: "News" });
  const shown = () =>
    written
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Snapshot);
  await eventually(() => shown().at(-1)!.tasks.available === shown()[0]!.tasks.available + 1);
  watching.kill("SIGINT");
  const run = await watching;
  expect(run).toMatchObject({ exitCode: 130, stderr: "" });
  const snapshots = run.stdout.split("\n").map((line) => JSON.parse(line) as Snapshot);
  expect(snapshots.at(-1)!.tasks.available).toBe(snapshots[0]!.tasks.available + 1);
});

test.each([
  ["status", "--watch"],
  ["tasks"],
  ["publish", "--title", "x"],
  ["wait", "x"],
  ["logs", "x"],
  ["history"],
  ["why", "x"],
  ["replay", "--at", "1h"],
  ["cancel", "x"],
])("%s without a server: exit 5", async (...args) => {
  const run = await cli.mjagent([...args, "--json"], { env: { NATS_URL: "nats://127.0.0.1:1" } });
  expect(run).toMatchObject({ exitCode: 5, stdout: "" });
  expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: "unreachable" } });
});
