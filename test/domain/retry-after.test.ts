import { expect, test } from "vitest";
import { retryAfter } from "../../src/domain/retry-after.js";

const NOW = Date.parse("2026-11-21T12:00:00Z");

test.each<[string, number | undefined]>([
  ["Rate limit reached. Please try again in 5.2s.", 5_200],
  ["Please try again in 20ms", 20],
  ["You've hit your usage limit. Try again in 2 hours 3 minutes.", 7_380_000],
  ["please retry after 30 seconds", 30_000],
  ["Quota exceeded, resets in 1h5m", 3_900_000],
  ["Claude AI usage limit reached|1795266000", 1_795_266_000_000 - NOW],
  ["limit resets at 2026-11-21T13:00:00Z", 3_600_000],
  // Long past, absurdly far away, or nothing said.
  ["Claude AI usage limit reached|1600000000", undefined],
  ["try again in 400 days", undefined],
  ["try again later", undefined],
  ["it took 5 seconds", undefined],
])("%s → %s", (text, ms) => {
  expect(retryAfter(text, NOW)).toBe(ms);
});
