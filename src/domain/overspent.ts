import { type Budgeted, taskBudgetText } from "./budget.js";
import type { Fence } from "./fence.js";
import type { AttemptReport } from "./report.js";

/** Which budget is used up: one for each task, or one that others use, too (told how it stands). */
export type Overspent = { per: "task"; of: Budgeted } | { per: "period"; text: string };

/**
 * What becomes of an attempt's report when a budget is used up. What is used up for its task does not come back, so the
 * task fails; where the next period brings more, it is handed back, and goes on then.
 * @param report null: the attempt was stopped
 * @param of `stopped`: because of the budget; `last`: no other attempt would follow
 */
export function withBudget(
  report: AttemptReport | null,
  overspent: Overspent | null,
  of: { fence: Fence; stopped: boolean; last: boolean },
): AttemptReport | null {
  const { fence, stopped, last } = of;
  if (overspent === null) return report;
  if (overspent.per === "period") {
    if (report !== null || !stopped) return report;
    return { type: "handed_back", fence, reason: "budget", delay_ms: 0, message: overspent.text };
  }
  const text = taskBudgetText(overspent.of);
  const failed = { type: "attempt_failed", fence, reason: "budget", retryable: false, delay_ms: 0 } as const;
  if (report === null) return stopped ? { ...failed, message: `stopped: ${text}`, result: null } : null;
  if (report.type !== "attempt_failed" || !report.retryable || last) return report;
  return { ...report, ...failed, message: `${report.message}; not tried again: ${text}` };
}
