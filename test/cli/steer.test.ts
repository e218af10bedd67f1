import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { TaskRecord } from "../../src/domain/task.js";
import { answer } from "../../src/nats/control.js";
import { cancelTask, getTask, listTasks } from "../../src/operations/tasks.js";
import { followEvents } from "../../src/nats/feed.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
});
afterAll(() => cli[Symbol.asyncDispose]());

test("cancel: each id is tried, each failure reported, the first one's exit code", async () => {
  await cli.publish({ task_id: "a", title: "A" });
  await cli.publish({ task_id: "b", title: "B" });
  await cli.complete("b", "done");
  const run = await cli.mjagent(["cancel", "b", "nope", "a", "--reason", "no longer needed"]);
  expect(run).toMatchObject({ exitCode: 6, stdout: "a cancelled: it was not running" });
  expect(run.stderr).toContain("cancel does not apply: task b is completed");
  expect(run.stderr).toContain("there is no task nope");
  const { status, error } = await getTask(cli.session, "a");
  expect(status).toBe("cancelled");
  expect(error?.message).toMatch(/^cancelled by .+@.+: no longer needed$/);
});

test("cancel of a running task says whether its command has ended", async () => {
  const stop = new AbortController();
  answer(cli.session, cli.session.names.agentControl("Alice"), stop.signal, () =>
    Promise.resolve({ instance_id: "i1", stopped: true }),
  );
  await cli.publish({ task_id: "run1", title: "A" });
  await cli.claim("run1", "Alice");
  await cli.publish({ task_id: "run2", title: "B" });
  await cli.claim("run2", "Nobody");
  const run = await cli.mjagent(["cancel", "run1", "run2"]);
  stop.abort();
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain("run1 cancelled: Alice has stopped its command");
  expect(run.stdout).toContain("run2 cancelled; Nobody has not confirmed");
});

test("retry, approve and reject change the record and say what happens next", async () => {
  await cli.publish({ task_id: "f", title: "F" });
  await cli.fail("f", "broken");
  const retried = await cli.mjagent(["retry", "f"]);
  expect(retried.stdout).toMatch(/^f is available again\. It matches no role: no agent has run/);

  await cli.publish({ task_id: "g", title: "G", require_approval: true, not_before: "1h" });
  await cli.publish({ task_id: "h", title: "H", require_approval: true });
  const approved = await cli.mjagent(["approve", "g", "--json"]);
  expect(JSON.parse(approved.stdout)).toMatchObject([{ task_id: "g", status: "scheduled" }]);
  const rejected = await cli.mjagent(["reject", "h", "--reason", "too long"]);
  expect(rejected.stdout).toMatch(/^h cancelled: rejected by .+: too long$/);
});

test("--json: an array on stdout, an error a line on stderr", async () => {
  const run = await cli.mjagent(["retry", "nope", "nada", "--json"]);
  expect(run.exitCode).toBe(3);
  expect(JSON.parse(run.stdout)).toEqual([]);
  const errors = run.stderr.split("\n").map((line) => JSON.parse(line) as { error: { code: string } });
  expect(errors.map(({ error }) => error.code)).toEqual(["not_found", "not_found"]);
});

describe("--all", () => {
  /** What other tests leave is none of ours. */
  const clear = async (): Promise<void> => {
    for (const task of await listTasks(cli.session)) {
      if (task.status === "failed") await cli.apply(task.task_id, { type: "retried", by: "test", reason: null });
    }
    const open = await listTasks(cli.session);
    for (const { task_id, status } of open) {
      if (status !== "cancelled" && status !== "completed") await cancelTask(cli.session, task_id, "test", null);
    }
  };
  const failed = async (prefix: string, messages: readonly string[]): Promise<string[]> => {
    const ids = messages.map((_, n) => `${prefix}${n}`);
    await Promise.all(ids.map((task_id) => cli.publish({ task_id, title: task_id, type: prefix })));
    await Promise.all(ids.map((id, n) => cli.fail(id, messages[n] ?? "")));
    return ids;
  };
  const statuses = async (...ids: string[]): Promise<string[]> =>
    await Promise.all(ids.map(async (id) => (await getTask(cli.session, id)).status));

  beforeAll(clear);
  afterEach(clear);

  test("retry: what failed and matches, not what was cancelled; --dry-run shows it and does nothing", async () => {
    await failed("few", ["429 too many requests", "timed out", "HTTP 429"]);
    const args = ["retry", "--all", "--error", "429", "--type", "FEW"];
    const dry = await cli.mjagent([...args, "--dry-run"]);
    expect(dry.exitCode).toBe(0);
    expect(dry.stderr).toMatch(/^dry run: 2 tasks of WS\d+ at nats:\S+ would be retried, none was$/);
    expect(
      dry.stdout
        .split("\n")
        .map((line) => line.replace(/\t.*/, ""))
        .sort(),
    ).toEqual(["few0", "few2"]);
    expect((await cli.mjagent([...args, "--dry-run", "-q"])).stdout.split("\n").sort()).toEqual(["few0", "few2"]);
    expect(await statuses("few0", "few1", "few2")).toEqual(["failed", "failed", "failed"]);

    const run = await cli.mjagent([...args, "--json"]);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    const records = JSON.parse(run.stdout) as TaskRecord[];
    expect(records.map(({ task_id, status }) => `${task_id} ${status}`).sort()).toEqual([
      "few0 available",
      "few2 available",
    ]);
    expect(await statuses("few1")).toEqual(["failed"]);

    await cancelTask(cli.session, "few0", "test", null);
    expect((await cli.mjagent(["retry", "--all", "-q"])).stdout).toBe("few1");
    const cancelled = await cli.mjagent(["retry", "--all", "--status", "cancelled", "--type", "few"]);
    expect(cancelled.stdout).toMatch(/^few0 is available again\. /);
  });

  test("cancel: every open one, or those that are meant", async () => {
    await cli.publish({ task_id: "c1", title: "A" });
    await cli.publish({ task_id: "c2", title: "B", blocked_by: ["c1"] });
    await cli.publish({ task_id: "c3", title: "C", not_before: "1h" });
    await cli.publish({ task_id: "c4", title: "D" });
    await cli.claim("c4", "Nobody");
    await failed("c5", ["broken"]);
    expect((await cli.mjagent(["cancel", "--all", "--status", "blocked,scheduled", "-q"])).stdout).toMatch(
      /^c[23]\nc[23]$/,
    );
    const run = await cli.mjagent(["cancel", "--all", "--reason", "all over"]);
    expect(run.stdout).toContain("c1 cancelled: it was not running");
    expect(run.stdout).toContain("c4 cancelled; Nobody has not confirmed");
    expect(await statuses("c1", "c2", "c3", "c4", "c50")).toEqual([...Array<string>(4).fill("cancelled"), "failed"]);
    expect((await getTask(cli.session, "c1")).error?.message).toMatch(/: all over$/);
  });

  test("approve and reject: what waits for approval", async () => {
    for (const id of ["p1", "p2", "p3"]) {
      await cli.publish({ task_id: id, title: id, type: id === "p1" ? "a" : "b", require_approval: true });
    }
    await cli.publish({ task_id: "p4", title: "D" });
    expect((await cli.mjagent(["approve", "--all", "--type", "a", "-q"])).stdout).toBe("p1");
    expect((await cli.mjagent(["reject", "--all", "-q"])).stdout).toMatch(/^p[23]\np[23]$/);
    expect(await statuses("p1", "p2", "p3", "p4")).toEqual(["available", "cancelled", "cancelled", "available"]);
  });

  test.each([
    { args: [], says: /nothing to retry: no task is failed$/ },
    { args: ["--error", "x"], says: /nothing to retry: no such task is failed$/ },
    { args: ["--json"], says: /^$/ },
    { args: ["-q"], says: /^$/ },
  ])("none: retry --all $args says so, and is no failure", async ({ args, says }) => {
    const run = await cli.mjagent(["retry", "--all", ...args]);
    expect(run).toMatchObject({ exitCode: 0, stdout: args.includes("--json") ? "[]" : "" });
    expect(run.stderr).toMatch(says);
  });

  test("of many, people get one line for all, and failures at most some", async () => {
    const ids = await failed("many", Array<string>(41).fill("broken"));
    await cli.apply("many7", { type: "retried", by: "somebody", reason: null });
    const run = await cli.mjagent(["retry", ...ids]);
    expect(run).toMatchObject({ exitCode: 6, stdout: "40 tasks retried, 1 could not be" });
    expect(run.stderr).toMatch(/^error: retry does not apply: task many7 is available\n {2}next: .*$/);
    const again = await cli.mjagent(["retry", ...ids]);
    expect(again).toMatchObject({ exitCode: 6, stdout: "0 tasks retried, 41 could not be" });
    expect(again.stderr.match(/^error: /gm)).toHaveLength(10);
    expect(again.stderr).toMatch(/\nand 31 more that could not be$/);
    const json = await cli.mjagent(["retry", ...ids, "--json"]);
    expect([json.stdout, json.stderr.split("\n").length]).toEqual(["[]", 41]);
    expect((await cli.mjagent(["cancel", "--all"])).stdout).toBe("41 tasks cancelled");
  });

  test("2,000; Ctrl-C leaves the rest as it was and says how many are done, and the same again goes on", async () => {
    const ids: string[] = [];
    for (let some = 0; some < 20; some++) ids.push(...(await failed(`lot${some}x`, Array<string>(100).fill("broken"))));
    const retried = async (): Promise<number> => (await listTasks(cli.session, { status: ["available"] })).length;
    const stop = new AbortController();
    const running = cli.mjagent(["retry", "--all", "--json"]);
    followEvents(cli.session, stop.signal, (_, { reason }) => {
      // Once: a second one ends the process at once.
      if (reason !== "retried" || stop.signal.aborted) return;
      stop.abort();
      running.kill("SIGINT");
    });
    const { exitCode, stdout, stderr } = await running;
    expect(exitCode).toBe(130);
    const done = (JSON.parse(stdout) as TaskRecord[]).length;
    expect(await retried()).toBe(done);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { message: `stopped: ${done} of 2000 tasks retried: interrupted`, retryable: true },
    });
    const rest = await cli.mjagent(["retry", "--all"]);
    expect(rest).toMatchObject({ exitCode: 0, stderr: "", stdout: `${2_000 - done} tasks retried` });
    expect(await retried()).toBe(2_000);
    expect((await cli.mjagent(["cancel", "--all"])).stdout).toBe("2000 tasks cancelled");
  }, 120_000);

  test("Ctrl-C while commands end: they are cancelled, and nobody waits for them", async () => {
    const stop = new AbortController();
    await cli.publish({ task_id: "slow", title: "A" });
    await cli.claim("slow", "Slow");
    const asked = new Promise<void>((resolve) =>
      answer(cli.session, cli.session.names.agentControl("Slow"), stop.signal, () => {
        resolve();
        return new Promise(() => undefined);
      }),
    );
    const running = cli.mjagent(["cancel", "--all"]);
    await asked;
    running.kill("SIGINT");
    const run = await running;
    stop.abort();
    expect(run.exitCode).toBe(130);
    expect(run.stdout).toContain("slow cancelled; Slow has not confirmed");
  });

  test.each([
    { args: ["retry"], says: "retry needs task ids, or --all" },
    { args: ["retry", "a", "--all"], says: "--all does not go with task ids" },
    { args: ["cancel", "--status", "failed"], says: "cancel: --status goes with --all only" },
    { args: ["cancel", "a", "--type", "x", "--dry-run"], says: "cancel: --type, --dry-run go with --all only" },
    {
      args: ["retry", "--all", "--status", "completed", "blocked"],
      says: "--status: retry does not apply to tasks that are completed or blocked",
    },
    { args: ["approve", "--all", "--status", "failed"], says: "it applies to those that are awaiting approval" },
    { args: ["retry", "--all", "--error", ""], says: "--error: expected what the error contains" },
    { args: ["retry", "--all", "--status", ""], says: "--status: expected a status" },
    { args: ["retry", "--all", "--status", "fialed"], says: 'did you mean "failed"?' },
  ])("$args: refused before anything is done", async ({ args, says }) => {
    const run = await cli.mjagent(args, { env: { NATS_URL: "nats://127.0.0.1:1" } });
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain(says);
  });
});
