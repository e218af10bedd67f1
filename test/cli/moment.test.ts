import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PastMoment, shortTime } from "../../src/cli/moment.js";

const NOW = new Date(2026, 6, 30, 14, 30, 0);
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOW }));
afterEach(() => void vi.useRealTimers());

const read = (text: string): Date | string => {
  const parsed = PastMoment.safeParse(text);
  return parsed.success ? parsed.data : parsed.error.issues[0]!.message;
};
const EXAMPLES = "expected a time such as 10m (ago), 14:05 (today) or 2026-01-31T14:05:00Z";

describe("a moment of the past; without a zone it is local", () => {
  test.each([
    ["10m", new Date(2026, 6, 30, 14, 20)],
    ["1.5h", new Date(2026, 6, 30, 13, 0)],
    ["0s", NOW],
    ["999999999d", new Date(0)],
    ["14:05", new Date(2026, 6, 30, 14, 5)],
    ["9:05", new Date(2026, 6, 30, 9, 5)],
    ["14:29:59", new Date(2026, 6, 30, 14, 29, 59)],
    [" 14:30 ", NOW],
    ["2026-07-29", new Date(2026, 6, 29)],
    ["2026-07-29T14:05", new Date(2026, 6, 29, 14, 5)],
    ["2026-07-29 14:05:06", new Date(2026, 6, 29, 14, 5, 6)],
    ["2026-01-31T14:05:00Z", new Date(Date.UTC(2026, 0, 31, 14, 5))],
    ["2026-01-31T14:05:00.250+02:00", new Date(Date.UTC(2026, 0, 31, 12, 5, 0, 250))],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    "",
    "soon",
    "yesterday",
    "10",
    "-5m",
    "25:00",
    "14:5",
    "14:05pm",
    "2026-13-01",
    "2026-07-29T",
    "30.7.2026",
  ])("%j is none: usage, with examples", (text) => {
    expect(read(text)).toBe(EXAMPLES);
  });

  test.each(["14:31", "2026-07-30T14:30:01", "2030-01-01"])("%s is still to come", (text) => {
    expect(read(text)).toBe(`${text} is still to come: ${EXAMPLES}`);
  });
});

test.each([
  [new Date(2026, 6, 30, 0, 0), "00:00:00"],
  [new Date(2026, 6, 29, 23, 59, 59), "07-29 23:59:59"],
  [new Date(2025, 6, 30, 1, 2, 3), "2025-07-30 01:02:03"],
])("a time is shown as short as it can be: %s", (time, expected) => {
  expect(shortTime(time.toISOString(), NOW.getTime())).toBe(expected);
});
