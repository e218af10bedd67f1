import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { attempt, completed, fixture, inputOf, roleOf } from "./support.js";

/** Talks on. Ready in a moment, unlike node: time limits count from its start. */
const TALKS = ["sh", "-c", "trap 'exit 0' TERM; while :; do echo on; sleep 0.02; done"];

/** Ends the attempt as soon as it has printed something. */
const abortAtOnce = (_: string, abort: () => void): void => abort();

describe("a command that is stopped", () => {
  test("abort: SIGTERM, and its exit 0 is no success", async () => {
    const { outcome, log } = await attempt(roleOf(fixture("slow")), { onLine: abortAtOnce, graceMs: 10_000 });
    expect(outcome).toEqual({ kind: "stopped" });
    expect(log).toContain("told to end");
  });

  test("the others go on", async () => {
    const others = Array.from({ length: 5 }, () => attempt(roleOf(fixture("late-output"))));
    const stopped = await attempt(roleOf(fixture("slow")), { onLine: abortAtOnce });
    expect(stopped.outcome).toEqual({ kind: "stopped" });
    for (const { log } of await Promise.all(others)) expect(log).toEqual(["first", "the last word"]);
  });

  test("abort before the start: it does not run", async () => {
    const { createExecutor } = await import("../../src/executors/create.js");
    const log: string[] = [];
    const outcome = await createExecutor(roleOf(fixture("ok")), { projectDir: "." }).run(inputOf(), {
      runId: "never",
      signal: AbortSignal.abort(),
      log: (_, line) => log.push(line),
    });
    expect([outcome, log]).toEqual([{ kind: "stopped" }, []]);
  });

  test("what ignores SIGTERM is killed after the grace, children too", async () => {
    const { outcome, log } = await attempt(roleOf(fixture("ignores-sigterm")), { onLine: abortAtOnce, graceMs: 2_000 });
    expect(outcome).toEqual({ kind: "stopped" });
    expect(log).toContain("no");
  });

  test("what left the group and ignores SIGTERM is found and killed", async () => {
    const { outcome } = await attempt(roleOf(fixture("leaves-grandchildren", "stay")), { onLine: abortAtOnce });
    expect(outcome).toEqual({ kind: "stopped" });
  });

  test("the task's own time limit comes before the role's", async () => {
    const { outcome } = await attempt(roleOf(fixture("slow")), { input: inputOf({ timeout_ms: 300 }) });
    expect(outcome).toMatchObject({ kind: "failed", reason: "timeout", message: "stopped at its time limit of 300ms" });
    const byRole = await attempt(roleOf(TALKS, { timeout: "1s" }));
    expect(byRole.outcome).toMatchObject({ kind: "failed", reason: "timeout", result: { exit_code: 0 } });
  });

  test("no output for the stall limit; output keeps it going", async () => {
    const role = (run: string[]) => roleOf(run, { stall_timeout: "1500ms", timeout: "2500ms" });
    const silent = await attempt(role(fixture("silent")));
    expect(silent.outcome).toMatchObject({
      kind: "failed",
      reason: "stalled",
      message: "stopped: no output for 1.5s",
    });
    const slow = await attempt(role(TALKS));
    expect(slow.outcome).toMatchObject({ kind: "failed", reason: "timeout" });
  });
});

describe("what a finished command leaves behind", () => {
  test("is ended, in its group and outside, and the attempt does not wait for its pipes", async () => {
    const { outcome, log } = await attempt(roleOf(fixture("leaves-grandchildren")));
    expect(completed(outcome).result.exit_code).toBe(0);
    expect(log.filter((line) => line.startsWith("left"))).toHaveLength(2);
  });

  test("may finish its output", async () => {
    const { log } = await attempt(roleOf(fixture("late-output")));
    expect(log).toEqual(["first", "the last word"]);
  });

  test("is ended by its group when it has cleared its environment", async () => {
    const { outcome, log } = await attempt(roleOf(fixture("clears-environment")));
    completed(outcome);
    const alive = () => {
      try {
        return process.kill(Number(log[0]), 0);
      } catch {
        return false;
      }
    };
    // Whoever inherits it may take a moment to collect it.
    for (let tries = 0; alive() && tries < 500; tries++) await sleep(10);
    expect(alive()).toBe(false);
  });
});
