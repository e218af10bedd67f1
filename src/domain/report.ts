import type { LateResultEvent } from "./attempt-state.js";
import type { TaskEvent } from "./lifecycle.js";
import type { Outcome } from "./outcome.js";
import { backoffDelay, type RetryPolicy, triesAgain } from "./retry.js";
import { type Fence } from "./fence.js";
import { beginningOf } from "./large-values.js";
import type { NewTask, TaskRecord } from "./task.js";

/** The report of one attempt's end: what must reach the record, however long that takes. */
export type AttemptReport = Extract<TaskEvent, { type: LateResultEvent["report"] }>;

/** Hand-backs are not counted: the history of one record may hold a hundred such messages. */
const MESSAGE_BYTES = 500;

/**
 * What an outcome means for the record.
 * @param random 0 ≤ random < 1, for the jitter
 * @returns null when the attempt was stopped by us: then whoever stopped it says what happens
 */
export function reportOf(
  outcome: Outcome,
  context: {
    record: TaskRecord;
    fence: Fence;
    policy: RetryPolicy;
    handoff: NewTask[];
    random: number;
    /** Nobody claims anything for the account that was refused until it may be asked again. */
    accountHeld?: boolean;
  },
): AttemptReport | null {
  const { record, fence, policy, random } = context;
  switch (outcome.kind) {
    case "completed":
      return { type: "completed", fence, result: outcome.result, handoff: context.handoff };
    case "failed": {
      const { reason, message, result } = outcome;
      if (reason === "rate_limited" && context.accountHeld === true && triesAgain(policy, reason)) {
        // Its account is what waits. But a task that is refused again and again must not be the first each time.
        const inARow = handedBackInARow(record, reason);
        const delay_ms = inARow === 0 ? 0 : backoffDelay(policy, inARow, random);
        return { type: "handed_back", fence, reason, delay_ms, message: beginningOf(message, MESSAGE_BYTES) };
      }
      const delay_ms = Math.max(backoffDelay(policy, record.attempts, random), outcome.retry_after_ms ?? 0);
      return {
        type: "attempt_failed",
        fence,
        reason,
        message,
        retryable: triesAgain(policy, reason),
        delay_ms,
        result,
      };
    }
    case "snooze": {
      const delay_ms = outcome.delay_ms ?? backoffDelay(policy, handedBackInARow(record, "snooze") + 1, random);
      const message = beginningOf(outcome.message, MESSAGE_BYTES);
      return { type: "handed_back", fence, reason: "snooze", delay_ms, message };
    }
    case "stopped":
      return null;
  }
}

/** The report with so many more lines missing in the log of its attempt than its executor knew of. */
export function withDroppedLines(report: AttemptReport, count: number): AttemptReport {
  if (count === 0 || report.type === "handed_back" || report.result === null) return report;
  return { ...report, result: { ...report.result, dropped_lines: report.result.dropped_lines + count } };
}

/** Hand-backs of one kind since the last attempt that came to an end of its own. */
function handedBackInARow(record: TaskRecord, reason: "snooze" | "rate_limited"): number {
  const ended = record.history.filter((entry) => entry.ended_at !== null);
  const since = ended.slice(ended.findLastIndex((entry) => entry.outcome !== "handed_back") + 1);
  return since.filter((entry) => entry.reason === reason).length;
}
