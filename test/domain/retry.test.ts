import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAILURE_REASONS, type FailureReason, isRetryable } from "../../src/domain/reasons.js";
import { backoffDelay } from "../../src/domain/retry.js";

const policy = { max_attempts: 3, backoff_ms: 30_000, max_backoff_ms: 600_000 };

describe("backoffDelay", () => {
  it.each([
    // attempt  random → ms
    [1, 0, 15_000],
    [1, 0.5, 22_500],
    [1, 0.999999999, 30_000],
    [2, 0, 30_000],
    [3, 0, 60_000],
    [5, 0, 240_000],
    [6, 0, 300_000],
    [7, 0, 300_000],
    [60, 0, 300_000],
    [1_000_000, 0, 300_000],
    // Never asked for, but no reason to fall over.
    [0, 0, 15_000],
    [-3, 0, 15_000],
  ])("after try %i, random %d → %i ms", (attempt, random, ms) => {
    expect(backoffDelay(policy, attempt, random)).toBe(ms);
  });

  it.each([
    [{ ...policy, backoff_ms: 0 }, 0],
    [{ ...policy, max_backoff_ms: 0 }, 0],
    [{ ...policy, backoff_ms: 900_000 }, 300_000],
  ])("%j → %i ms at once", (odd, ms) => {
    expect(backoffDelay(odd, 9, 0)).toBe(ms);
  });

  it("is between half the ceiling and the ceiling, and never shrinks from try to try", () => {
    const some = fc.record({
      max_attempts: fc.constant(3),
      backoff_ms: fc.nat(1_000_000),
      max_backoff_ms: fc.nat(100_000_000),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 2_000 }), random, (given, attempt, r) => {
        const delay = backoffDelay(given, attempt, r);
        const ceiling = Math.min(given.backoff_ms * 2 ** Math.min(attempt - 1, 40), given.max_backoff_ms);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(ceiling / 2));
        expect(delay).toBeLessThanOrEqual(Math.ceil(ceiling));
        expect(backoffDelay(given, attempt + 1, r)).toBeGreaterThanOrEqual(delay);
      }),
    );
  });
});

/** Which reasons are worth another try: changing one is changing what rules and people rely on. */
const RETRYABLE: Record<FailureReason, boolean> = {
  exit: true,
  timeout: true,
  stalled: true,
  killed: true,
  agent_error: true,
  rate_limited: true,
  overloaded: true,
  server_error: true,
  network: true,
  no_result: true,
  hook_failed: true,
  commit_failed: true,
  agent_lost: true,
  invalid_output: false,
  invalid_input: false,
  spawn: false,
  crash: false,
  usage_error: false,
  auth: false,
  billing: false,
  invalid_request: false,
  model_not_found: false,
  context_overflow: false,
  permission_denied: false,
  turn_limit: false,
  loop: false,
  scope_violation: false,
  dependency_failed: false,
  rejected: false,
  budget: false,
  cancelled: false,
};

describe("failure reasons", () => {
  it("are all in the table", () => {
    expect(Object.keys(RETRYABLE).sort()).toEqual(Object.keys(FAILURE_REASONS).sort());
  });
  it.each(Object.entries(RETRYABLE) as [FailureReason, boolean][])("%s is retried: %s", (reason, retried) => {
    expect(isRetryable(reason)).toBe(retried);
    expect(FAILURE_REASONS[reason].text).toMatch(/^[a-z].{8,}[^.]$/);
  });
});
