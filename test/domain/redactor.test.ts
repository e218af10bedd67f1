import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Redactor } from "../../src/domain/redactor.js";

const SECRET = 'p"ä/s\\s & <wörd>+1?';
const MARK = "[redacted DB_PASSWORD]";
const redactor = new Redactor([{ name: "DB_PASSWORD", text: SECRET }]);

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
const ascii = (text: string): string =>
  escaped(text).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

describe("every form of a secret is found", () => {
  test.each<[string, string]>([
    ["plain", SECRET],
    ["JSON", escaped(SECRET)],
    ["JSON, slashes escaped", escaped(SECRET).replaceAll("/", "\\/")],
    ["JSON, ASCII only", ascii(SECRET)],
    ["JSON, fit for HTML", escaped(SECRET).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)],
    ["JSON in JSON", escaped(escaped(SECRET))],
    ["JSON in JSON, ASCII only", ascii(ascii(SECRET))],
    ["part of a URL", encodeURIComponent(SECRET)],
    ["part of a URL, in small letters", encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ["URL", encodeURI(SECRET)],
    ["form", new URLSearchParams({ "": SECRET }).toString().slice(1)],
    ["base64", Buffer.from(SECRET).toString("base64").replace(/=+$/, "")],
  ])("%s", (_, form) => {
    const found = redactor.text(`before ${form} after`);
    expect(found).toMatch(/^before \[redacted DB_PASSWORD\].? after$/);
  });

  test("base64 of it within something else, in both alphabets, wherever it begins", () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const alphabet = fc.constantFrom("base64" as const, "base64url" as const);
    fc.assert(
      fc.property(bytes, bytes, alphabet, (before, after, encoding) => {
        const text = Buffer.concat([before, Buffer.from(SECRET), after]).toString(encoding);
        const left = redactor.text(text);
        expect(left).toContain(MARK);
        // Not more of it is left than the bits it shares a character with.
        expect(left.length).toBeLessThanOrEqual(text.length - Math.floor((SECRET.length * 8) / 6) + MARK.length + 2);
      }),
    );
  });
});

test("several, side by side and within one another", () => {
  const many = new Redactor([
    { name: "A", text: "secret-one" },
    { name: "B", text: "one-secret-two" },
    { name: "C", text: "secret" },
  ]);
  expect(many.text("secret-one secretsecret")).toBe("[redacted A] [redacted C][redacted C]");
  expect(many.text("a secret-one-secret-two b")).toBe("a [redacted A] b");
});

test("a part counts where a text was cut, from 8 characters on", () => {
  const long = new Redactor([{ name: "K", text: "0123456789abcdefghij" }]);
  for (const [text, left] of [
    ["at the end 0123456789", "at the end [redacted K]"],
    ["at the mark 01234567… [9 more characters]", "at the mark [redacted K]… [9 more characters]"],
    ["cdefghij at the beginning", "[redacted K] at the beginning"],
    ["left out…cdefghij", "left out…[redacted K]"],
    ["456789abcd", "[redacted K]"],
    ["in 0123456789 the middle", "in 0123456789 the middle"],
    ["too short: 0123456", "too short: 0123456"],
  ] as const) {
    expect(long.text(text)).toBe(left);
  }
});

test("a JSON value: texts, keys and numbers, however deep; the rest as it is", () => {
  const digits = new Redactor([
    { name: "PIN", text: "123456" },
    { name: "K", text: "abc-def" },
  ]);
  expect(digits.value({ "an abc-def": [123456, 12, "abc-def", null, true, { x: "no" }] })).toEqual({
    "an [redacted K]": ["[redacted PIN]", 12, "[redacted K]", null, true, { x: "no" }],
  });
});

test("JSON stays JSON, whatever the variable is called", () => {
  const odd = new Redactor([{ name: 'a"\\b', text: "abc-def" }]);
  expect(JSON.parse(odd.text('{"x":"abc-def"}'))).toEqual({ x: "[redacted a__b]" });
});

test("no secret, nothing to do", () => {
  expect([new Redactor([]).isIdle, redactor.isIdle]).toEqual([true, false]);
  expect(redactor.text("")).toBe("");
});

test("whatever the texts are: nothing of a secret is left, and what is no secret stays", () => {
  const text = fc.string({ maxLength: 30 });
  fc.assert(
    fc.property(fc.string({ minLength: 6, maxLength: 30 }), text, text, (secret, before, after) => {
      const one = new Redactor([{ name: "X", text: secret }]);
      expect(one.text(`${before}${secret}${after}`)).toContain("[redacted X]");
      expect(one.text(before.slice(0, 5))).toBe(before.slice(0, 5));
    }),
  );
});
