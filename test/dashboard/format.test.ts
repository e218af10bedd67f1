import { expect, it } from "vitest";
import { countText, hourText, momentText, stampText } from "../../src/dashboard/format.js";

it.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1,000"],
  [12_345_678, "12,345,678"],
])("%d is written %s", (count, text) => {
  expect(countText(count)).toBe(text);
});

it("writes times of day, with the day when that is another", () => {
  const at = new Date(2030, 0, 2, 3, 4, 5);
  const time = at.toISOString();
  expect(hourText(at)).toBe("03:04");
  expect(stampText(time)).toBe("2030-01-02 03:04:05");
  expect(momentText(time, at.getTime())).toBe("03:04:05");
  expect(momentText(time, at.getTime() + 86_400_000)).toBe("2030-01-02 03:04:05");
});
