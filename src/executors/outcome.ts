import { formatDuration } from "../domain/duration.js";
import type { Outcome } from "../domain/outcome.js";
import type { FailureReason } from "../domain/reasons.js";
import { emptyResult, type TaskResult } from "../domain/task.js";
import { errnoOf } from "../errors.js";
import type { AttemptEnd } from "./attempt.js";
import { nothingProduced } from "./output.js";

/** What the system had too little of just then: the command never ran, and may a little later. */
const SHORTAGES = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EDQUOT", "ETXTBSY"]);

export const failed = (
  reason: FailureReason,
  message: string,
  result: TaskResult | null = null,
): Extract<Outcome, { kind: "failed" }> => ({
  kind: "failed",
  reason,
  message,
  result,
});

/** What is known about any attempt, whatever its adapter reads from it. */
export function resultOf({ process, lines, produced }: AttemptEnd): TaskResult {
  const { summary, data, artifacts, usage } = "produced" in produced ? produced.produced : nothingProduced();
  return {
    ...emptyResult(),
    summary: summary ?? lines.lastLine("stdout") ?? lines.lastLine("stderr"),
    output: lines.tail("stdout"),
    exit_code: process.exitCode,
    duration_ms: process.durationMs,
    artifacts,
    usage,
    data,
    dropped_lines: lines.dropped,
  };
}

/** The outcome of an attempt that did not end by itself; undefined when it did, with an exit code to read. */
export function interruptedOutcome(end: AttemptEnd, result: TaskResult): Outcome | undefined {
  const { process, timeoutMs, stallTimeoutMs } = end;
  if (process.spawnError !== null) return notStarted(end, process.spawnError);
  // Before the exit code: many programs exit 0 when they are asked to end.
  switch (process.stoppedBy) {
    case "abort":
      return { kind: "stopped" };
    case "timeout":
      return failed("timeout", `stopped at its time limit of ${formatDuration(timeoutMs)}`, result);
    case "stalled":
      return failed("stalled", `stopped: no output for ${formatDuration(stallTimeoutMs ?? 0)}`, result);
    case null:
  }
  if (process.signal !== null) {
    const hint = process.signal === "SIGKILL" ? " (out of memory, or killed by hand?)" : "";
    return failed("killed", `killed by ${process.signal}${hint}`, result);
  }
  return undefined;
}

function notStarted({ problem }: AttemptEnd, error: Error): Outcome {
  const code = errnoOf(error) ?? "";
  if (SHORTAGES.has(code)) {
    return { kind: "snooze", message: `the command could not be started: ${error.message}`, delay_ms: null };
  }
  if (code === "E2BIG") {
    return failed(
      "invalid_input",
      "the task is too long for an argument: read it from stdin instead of a template in command.run",
    );
  }
  return failed("spawn", problem === null ? error.message : `${problem.what}: ${problem.hint}`);
}
