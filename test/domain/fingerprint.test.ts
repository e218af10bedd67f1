import { expect, it } from "vitest";
import { fingerprintOf, patternOf } from "../../src/domain/fingerprint.js";

it.each([
  ["exit code 1", "exit code <n>"],
  ["timed out after 30m", "timed out after <duration>"],
  ["Debbie-7 was silent for 92.4s", "Debbie-<n> was silent for <duration>"],
  ["waited 2h 5m for it", "waited <duration> for it"],
  [
    "ENOENT: no such file or directory, open '/home/kim/site/a.html'",
    "ENOENT: no such file or directory, open '<path>'",
  ],
  ["cannot read ./pages/about.md:12:5", "cannot read <path>:<n>:<n>"],
  ["src/a/b.ts is missing", "<path> is missing"],
  ["C:\\site\\a.html is missing", "<path> is missing"],
  ["GET https://api.example.com/v1/x?id=4 gave 503", "GET <url> gave <n>"],
  ["failed at 2026-11-21T18:50:01.120Z", "failed at <time>"],
  ["failed at 18:50:01", "failed at <time>"],
  ["commit 3f2a9c1d failed", "commit <id> failed"],
  ["session 0b8f6a52-7d1e-4a4f-9a53-1f1d1f0a2b3c is gone", "session <id> is gone"],
  ["request req_011CTxqZ9Lk2mPqRsTuVw failed", "request <id> failed"],
  ["at 0x7ffee4c0", "at <id>"],
  ["two\n  lines", "two lines"],
  ["the provider refused for now: rate limit", "the provider refused for now: rate limit"],
  ["either/or is not a number", "<path> is not a number"],
])("%j is %j", (message, pattern) => {
  expect(patternOf(message)).toBe(pattern);
});

it("one cause: the reason, and the message without what varies, however long", () => {
  const one = fingerprintOf("exit", "no such file: /tmp/a1/page.html");
  expect(one).toMatch(/^[0-9a-f]{12}$/);
  expect(fingerprintOf("exit", "no such file: /tmp/b2/other.html")).toBe(one);
  expect(fingerprintOf("timeout", "no such file: /tmp/a1/page.html")).not.toBe(one);
  expect(fingerprintOf("exit", "no such host")).not.toBe(one);
  const long = "it broke. ".repeat(500);
  expect(fingerprintOf("exit", `${long}a`)).toBe(fingerprintOf("exit", `${long}b`));
});
