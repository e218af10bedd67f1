import fc from "fast-check";
import { expect, it } from "vitest";
import { Duration } from "../../src/domain/duration-schema.js";
import { formatDuration, parseDuration } from "../../src/domain/duration.js";

it.each([
  ["0s", 0],
  ["500ms", 500],
  ["30s", 30_000],
  ["10m", 600_000],
  ["1.5h", 5_400_000],
  ["7d", 604_800_000],
  ["  10m ", 600_000],
  ["0.1s", 100],
  ["1.0004s", 1_000],
  ["", undefined],
  ["10", undefined],
  ["m", undefined],
  ["-10m", undefined],
  ["+10m", undefined],
  ["10 m", undefined],
  ["10M", undefined],
  ["10min", undefined],
  [".5h", undefined],
  ["1.h", undefined],
  ["1e3s", undefined],
  ["1h30m", undefined],
  ["10m\n5s", undefined],
  ["2030-01-01", undefined],
  ["٣s", undefined],
])("parseDuration(%j) → %j", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(Duration.safeParse(text).success).toBe(ms !== undefined);
  if (ms !== undefined) expect(Duration.parse(text)).toBe(ms);
});

it("says what a duration looks like", () => {
  expect(Duration.safeParse("soon").error?.issues[0]?.message).toBe("expected a duration such as 30s, 10m or 2h");
});

it.each([
  [0, "0ms"],
  [850, "850ms"],
  [999, "999ms"],
  [1_000, "1.0s"],
  [4_210, "4.2s"],
  [10_000, "10s"],
  [59_000, "59s"],
  [60_000, "1m"],
  [200_000, "3m 20s"],
  [3_599_999, "59m 59s"],
  [3_600_000, "1h"],
  [7_500_000, "2h 5m"],
  [86_400_000, "1d"],
  [273_600_000, "3d 4h"],
  [86_400_000 * 400, "400d"],
])("formatDuration(%i) → %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it("reads back any whole number of any unit", () => {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  fc.assert(
    fc.property(fc.nat(100_000), fc.constantFrom("ms", "s", "m", "h", "d"), (n, unit) => {
      expect(parseDuration(`${n}${unit}`)).toBe(n * units[unit]);
    }),
  );
});

it("shows any time without losing more than its smallest unit", () => {
  fc.assert(
    fc.property(fc.nat(400 * 86_400_000), (ms) => {
      const parts = formatDuration(ms)
        .split(" ")
        .map((part) => parseDuration(part) ?? Number.NaN);
      const shown = parts.reduce((sum, part) => sum + part, 0);
      expect(Math.abs(shown - ms)).toBeLessThan(ms < 3_600_000 ? 1_000 : ms < 86_400_000 ? 60_000 : 3_600_000);
    }),
  );
});
