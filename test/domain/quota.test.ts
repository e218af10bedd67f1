import { describe, expect, test } from "vitest";
import { holdsBack, isNewer, probing, type Quota, quotaText, refused } from "../../src/domain/quota.js";
import { later, NOW } from "./records.js";

const now = Date.parse(NOW);
const MINUTE = 60_000;
const quota = (over: Partial<Quota> = {}): Quota => ({
  ...{ account: "acc", until: later(MINUTE), at: later(-MINUTE), by: "Debbie", message: "429", refusals: 1 },
  ...over,
});
/** Of an attempt that began before, or after, the quota was noted. */
const refusal = (began: "before" | "after", retry_after_ms?: number) => ({
  ...{ by: "Alice", message: "limit reached", retry_after_ms },
  started_at: later(began === "before" ? -2 * MINUTE : -1),
});

describe("a refusal", () => {
  test.each([
    ["the first, with a time", undefined, refusal("after", 5_000), 5_000, 0],
    ["the first, without: a short wait", undefined, refusal("after"), 30_000, 1],
    ["the next one after a wait: twice as long", quota(), refusal("after"), 60_000, 2],
    ["and so on", quota({ refusals: 3 }), refusal("after"), 240_000, 4],
    ["up to a quarter of an hour", quota({ refusals: 40 }), refusal("after"), 15 * MINUTE, 41],
    ["a time counts before any waiting", quota({ refusals: 3 }), refusal("after", 5_000), 5_000, 3],
    ["of an attempt that ran at the same time: the wait stays", quota(), refusal("before"), MINUTE, 1],
    ["of such a one with a later time: until then", quota(), refusal("before", 5 * MINUTE), 5 * MINUTE, 1],
    ["of such a one with an earlier time: the wait stays", quota(), refusal("before", 1_000), MINUTE, 1],
  ] as const)("%s", (_, known, said, wait, refusals) => {
    const next = refused(known, "acc", said, now);
    expect(next).toMatchObject({ account: "acc", until: later(wait), refusals });
    expect(holdsBack(next, now)).toBe(true);
    expect(holdsBack(next, now + wait)).toBe(false);
  });

  test("while it holds nobody sees whether it is over; then one at a time does", () => {
    expect(probing(quota(), now)).toBeNull();
    const probe = probing(quota(), now + MINUTE);
    expect(probe).toEqual({ ...quota(), until: later(2 * MINUTE) });
    expect(probing(probe!, now + MINUTE)).toBeNull();
    expect(probing(probe!, now + 2 * MINUTE)).not.toBeNull();
  });

  test("only an attempt that began afterwards says that it is over", () => {
    expect([-2, -1, 0].map((minutes) => isNewer(quota(), later(minutes * MINUTE)))).toEqual([false, false, true]);
  });

  test.each([
    [90 * MINUTE - 10, "nothing for 1h 30m (Debbie): 429"],
    [2_300, "nothing for 3.0s (Debbie): 429"],
    [0, "one task sees whether it is over (Debbie): 429"],
  ])("in words, %i ms before it ends", (ms, text) => {
    expect(quotaText(quota({ until: later(ms) }), "Debbie", now)).toBe(text);
  });
});
