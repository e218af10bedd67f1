import { describe, expect, test } from "vitest";
import { emptyResult } from "../../src/domain/task.js";
import type { AttemptEnd } from "../../src/executors/attempt.js";
import { OutputLines } from "../../src/executors/lines.js";
import { interruptedOutcome } from "../../src/executors/outcome.js";
import { nothingProduced } from "../../src/executors/output.js";
import type { ProcessResult } from "../../src/executors/process.js";

const ended = (process: Partial<ProcessResult>): AttemptEnd => ({
  process: { exitCode: null, signal: null, stoppedBy: null, durationMs: 5, spawnError: null, ...process },
  timeoutMs: 60_000,
  stallTimeoutMs: 1_000,
  problem: null,
  lines: new OutputLines(() => undefined),
  produced: { produced: nothingProduced() },
});
const systemError = (code: string) => Object.assign(new Error(`spawn x ${code}`), { code });

describe("interruptedOutcome", () => {
  test.each<[string, Partial<ProcessResult>, object]>([
    ["no more files: later", { spawnError: systemError("EMFILE") }, { kind: "snooze", delay_ms: null }],
    ["no more processes: later", { spawnError: systemError("EAGAIN") }, { kind: "snooze", delay_ms: null }],
    ["another system error", { spawnError: systemError("EPERM") }, { reason: "spawn", message: "spawn x EPERM" }],
    ["too long", { spawnError: systemError("E2BIG") }, { reason: "invalid_input" }],
    ["stopped, whatever it exited with", { exitCode: 0, stoppedBy: "abort" }, { kind: "stopped" }],
    ["killed by our stop", { signal: "SIGKILL", stoppedBy: "timeout" }, { reason: "timeout" }],
    ["stalled", { exitCode: 143, stoppedBy: "stalled" }, { reason: "stalled" }],
    ["killed by somebody else", { signal: "SIGSEGV" }, { reason: "killed", message: "killed by SIGSEGV" }],
  ])("%s", (_, process, expected) => {
    expect(interruptedOutcome(ended(process), emptyResult())).toMatchObject(expected);
  });

  test("an exit code is not an interruption", () => {
    expect(interruptedOutcome(ended({ exitCode: 3 }), emptyResult())).toBeUndefined();
  });
});
