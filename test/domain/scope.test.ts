import { expect, it } from "vitest";
import { outOfScope, scopeText, violationText } from "../../src/domain/scope.js";

it.each<[object, string[], string[]]>([
  [{ own: ["src/api/**"] }, ["src/api/a.ts", "src/api/deep/er/b.ts", "src/app.ts"], ["src/app.ts"]],
  [{ own: ["src/api/**"] }, ["src/api/.env", "src/api/.x/y"], []],
  [{ own: ["src/api"] }, ["src/api/a.ts", "src/api", "src/apix"], ["src/apix"]],
  [{ own: ["src/api/"] }, ["src/api/a.ts"], []],
  [{ own: ["*.md"] }, ["a.md", "docs/a.md"], ["docs/a.md"]],
  [
    { never: ["src/frontend/**"] },
    ["src/frontend/.env", "src/frontend/a/b.ts", "a"],
    ["src/frontend/.env", "src/frontend/a/b.ts"],
  ],
  [{ never: ["secrets"] }, ["secrets/key", "secret"], ["secrets/key"]],
  [{ never: ["**/*.lock"] }, ["a.lock", "x/y.lock", "lock"], ["a.lock", "x/y.lock"]],
  [{ own: ["src/**"], never: ["src/gen/**"] }, ["src/a", "src/gen/a", "b"], ["src/gen/a", "b"]],
  [{ never: ["src/*/x", "a/**"] }, ["src/l\ni/x", "a/l\ri"], ["src/l\ni/x", "a/l\ri"]],
  [{ own: ["a b/**"] }, ["a b/c", "a b/l\ni"], []],
  [{ own: ["src/**"] }, [], []],
])("%j of %j forbids %j", (scope, files, foreign) => {
  expect(outOfScope(scope, files)).toEqual(foreign);
});

it("tells an agent what it may change", () => {
  expect(scopeText({ own: ["src/api/**", "docs"], never: ["src/frontend/**"] }).split("\n")).toEqual([
    "Files you may change (paths from the top of the repository; checked when you are done):",
    "Only these:",
    "  - src/api/**",
    "  - docs",
    "Never these:",
    "  - src/frontend/**",
  ]);
  expect(scopeText({ never: ["x"] })).not.toContain("Only");
});

it("names the files of a violation, the first ones of many", () => {
  expect(violationText(["a\nb"], 3)).toBe('1 of 3 changed files are not in the role\'s scope: "a\\nb"');
  const many = Array.from({ length: 12 }, (_, index) => `f${index}`);
  expect(violationText(many, 12)).toMatch(/"f9" and 2 more$/);
});
