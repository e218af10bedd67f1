import { type FailureReason, isRetryable } from "./reasons.js";

/** How often and how patiently a role tries again, and after what. Times in ms. */
export interface RetryPolicy {
  max_attempts: number;
  backoff_ms: number;
  max_backoff_ms: number;
  /** The only reasons after which it tries again; undefined: all that are not permanent. */
  on?: readonly FailureReason[] | undefined;
}

/** Whether an attempt that failed for this reason is followed by another, attempts left provided. */
export const triesAgain = ({ on }: RetryPolicy, reason: FailureReason): boolean =>
  on === undefined ? isRetryable(reason) : on.includes(reason);

/**
 * The wait before try number `attempt` + 1: doubling from `backoff_ms`, capped, then jittered into the upper half
 * so that tasks which failed together do not come back together.
 * @param attempt how many tries there were, from 1
 * @param random 0 ≤ random < 1
 */
export function backoffDelay(policy: RetryPolicy, attempt: number, random: number): number {
  const exponent = Math.min(Math.max(attempt - 1, 0), 40);
  const ceiling = Math.min(policy.backoff_ms * 2 ** exponent, policy.max_backoff_ms);
  return Math.round(ceiling * (0.5 + random / 2));
}
