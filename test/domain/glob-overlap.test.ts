import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, test } from "vitest";
import { newEffort, overlaps, patternsOf } from "../../src/domain/glob-overlap.js";

const common = (a: string, b: string): boolean =>
  patternsOf([a]).some((one) => patternsOf([b]).some((other) => overlaps(one, other, newEffort())));

describe("certain cases", () => {
  test.each([
    ["src/api/users.ts", "src/api/users.ts", true],
    ["src/api/users.ts", "src/api/user.ts", false],
    ["src/api", "src/api/users.ts", true],
    ["src/api/", "src/api/**/*.ts", true],
    ["src/api", "src/apis/users.ts", false],
    ["src/api", "src", true],
    ["./src//api", "src/api/x", true],
    ["/src/api", "src/api", true],
    [".", "anything/at/all", true],
    ["src/**", "docs/**", false],
    ["src/**", "src/deep/down/x.ts", true],
    ["src/**", "src", true],
    ["src/**/x.ts", "src/x.ts", true],
    ["src/**/x.ts", "src/a/b/y.ts", false],
    ["**/*.ts", "src/*.js", false],
    ["**/*.test.ts", "src/**", true],
    ["src/*", "src/a/b", false],
    ["src/*/b", "src/a/*", true],
    ["src/a*", "src/*b", true],
    ["src/a*c", "src/b*", false],
    ["src/?.ts", "src/ab.ts", false],
    ["src/?b.ts", "src/a?.ts", true],
    ["a*b*c", "a?d", false],
    ["a*b*c", "a??c", true],
    ["**/a/**", "b/*/c", true],
    ["**/a/x", "b/*/c", false],
    ["src/app.ts", "**/*.test.ts", false],
    ["src/app", "**/*.test.ts", true],
    ["site.com/", "**/*.html", true],
    ["site.com", "site.com/index.html", true],
    [".github", ".github/workflows/*.yml", true],
    ["src/{api,web}/**", "src/web/x", true],
    ["src/{api,web}/**", "src/db/x", false],
    ["{src,lib/{a,b}}/*.ts", "lib/b/x.ts", true],
    ["{src,lib/{a,b}}/*.ts", "lib/c/x.ts", false],
    ["src/**/{a,*}", "src", true],
    ["src/**/{a,*}/{b,*}/**", "src", true],
    ["src/**/{,b}*", "src", true],
    ["src/{a,*}", "src/b/c", false],
    ["c++*", "c+", true],
    ["c++", "c+", true],
    ["c++", "c++/x", true],
    ["c++", "c", false],
    ["src/c++/*", "src/c/*", false],
    ["*.env", ".env", true],
    ["README.md", "readme.md", false],
    // Not understood: what is before it still counts.
    ["app/[id]/page.tsx", "app/x/other.tsx", true],
    ["app/[id]/page.tsx", "lib/x", false],
    ["app/+(a|b)", "lib/x", true],
    ["src/{1..3}.ts", "docs/1.ts", false],
    ["!src/**", "docs/x", true],
    ["../x", "src/y", true],
    ["src/a**", "docs/b", false],
  ])("%s and %s: %s", (a, b, expected) => {
    expect(common(a, b)).toBe(expected);
    expect(common(b, a)).toBe(expected);
  });

  test("what takes too long to tell counts as overlapping", () => {
    const long = (end: string): string => `${"*a".repeat(490)}${end}`;
    const effort = { left: 1_000 };
    const [a, b] = [patternsOf([long("x/q")]), patternsOf([long("y/q")])];
    expect(a.some((one) => b.some((other) => overlaps(one, other, effort)))).toBe(true);
    expect(patternsOf(["{a,b}".repeat(190)])).toHaveLength(1);
    expect(patternsOf(Array.from({ length: 1_000 }, (_, i) => `{a,b}{a,b}{a,b}{a,b}{a,b}/${i}`)).length).toBeLessThan(
      4_000,
    );
  });
});

describe("never a wrong no", () => {
  const word = fc.constantFrom("a", "b", "ab", ".a", "a.b", "");
  const odd = fc.constantFrom(
    "[ab]",
    "[^a]",
    "(a|b)",
    "@(a)",
    "!(a)",
    "?(a)",
    "+(a)",
    "\\a",
    '"a"',
    "{a}",
    "{a..c}",
    "}",
  );
  const piece = fc.oneof(
    { weight: 6, arbitrary: word },
    { weight: 3, arbitrary: fc.constantFrom("*", "?", "**", "a*", "+", "!", "$", ",", "@") },
    { weight: 2, arbitrary: fc.constantFrom("{a,b}", "{a,b/a}", "{,a}", "{a,{b,*}}", "{**,b}", "{a*,?}") },
    { weight: 1, arbitrary: odd },
  );
  const segment = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom("**", "*", ".") },
    { weight: 3, arbitrary: fc.array(piece, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("")) },
  );
  const glob = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("/"))
    .filter((text) => text !== "");
  const name = fc.oneof(
    fc.constantFrom("a", "b", "ab", ".a", "aa", "a.b", "{a,b}"),
    fc.string({ unit: fc.constantFrom("a", "b", ".", "+", "!"), minLength: 1, maxLength: 3 }),
  );
  const path = fc
    .array(
      name.filter((part) => part !== "." && part !== ".."),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join("/"));

  const fits = (globText: string, file: string): boolean =>
    [true, false].some((dot) => picomatch(globText, { dot, flags: "s" })(file));

  test("globs that match the same path overlap", () => {
    fc.assert(
      fc.property(glob, glob, fc.array(path, { minLength: 1, maxLength: 20 }), (a, b, paths) => {
        const shared = paths.find((file) => fits(a, file) && fits(b, file));
        // About one in thirty: drawn until there are so many.
        fc.pre(shared !== undefined);
        expect(common(a, b), `${a} and ${b} both match ${shared}`).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test("a glob overlaps whatever it matches, and what is in a folder", () => {
    fc.assert(
      fc.property(glob, path, path, (a, file, below) => {
        if (fits(a, file)) expect(common(a, file), `${a} matches ${file}`).toBe(true);
        if (!file.includes("{")) expect(common(file, `${file}/${below}`)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
