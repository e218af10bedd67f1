import { describe, expect, it, test } from "vitest";
import { type Artifact, isInside, isLink, leftOutTexts, mediaTypeOf, newestOfEach } from "../../src/domain/artifact.js";
import { fileGlobs } from "../../src/domain/file-globs.js";

test.each([
  ["dist/index.HTML", "text/html"],
  ["a.tar.gz", "application/gzip"],
  ["report.md", "text/markdown"],
  ["image.png", "image/png"],
  ["Makefile", "application/octet-stream"],
  ["x.constructor", "application/octet-stream"],
  [".png", "image/png"],
])("the media type of %s is %s", (name, type) => {
  expect(mediaTypeOf(name)).toBe(type);
});

test.each(["../x", "/etc/passwd", "a/../../x", "a//b", "./a", "C:/x", "a\\b", "a\0b", "", "a/"])(
  "outside, or no name of a file: %j",
  (name) => {
    expect(isInside(name)).toBe(false);
  },
);
test.each(["a", "a/b.c", "..a", ".hidden/x", "a b/ä"])("inside: %j", (name) => {
  expect(isInside(name)).toBe(true);
});

test("a link is no file", () => {
  expect(["https://example.com/pr/5", "file.txt", "c:/x"].map(isLink)).toEqual([true, false, false]);
});

test("of many that are left out the first are told, and how many more there are", () => {
  expect(leftOutTexts(["a", "b"])).toEqual(["a", "b"]);
  const many = leftOutTexts(Array.from({ length: 50 }, (_, n) => `${n}`));
  expect([many.length, many.at(-1)]).toEqual([21, "and 30 more"]);
});

test("of several with one name the last attempt's counts", () => {
  const of = (name: string, epoch: number): Artifact => ({
    ...{ name, epoch, attempt: epoch, size: 1, media_type: "", agent_id: "", digest: "", object: "", stored_at: "" },
  });
  const chosen = newestOfEach([of("b", 1), of("a", 2), of("b", 3), of("a", 1)]);
  expect(chosen.map(({ name, epoch }) => [name, epoch])).toEqual([
    ["a", 2],
    ["b", 3],
  ]);
});

describe("globs against files", () => {
  it.each<[string[], string[], string[]]>([
    [["*.png"], ["a.png"], ["b/a.png", "a.txt"]],
    [["dist/**"], ["dist/a", "dist/b/c"], ["a", "src/dist/a", "dist/.git/x"]],
    [["**/*.log"], ["a.log", "b/c/a.log"], ["a.txt"]],
    [["out/*/x.txt", "y"], ["out/1/x.txt", "y"], ["out/x.txt"]],
  ])("%j", (globs, fitting, others) => {
    const { fits } = fileGlobs(globs);
    expect([...fitting, ...others].filter(fits)).toEqual(fitting);
  });

  it.each<[string[], string[], string[]]>([
    [["*.png"], [], ["a", "dist"]],
    [["dist/**"], ["dist", "dist/a/b"], ["src", "src/dist", "dist/node_modules", "dist/.cache/x", ".git"]],
    [["**/*.log"], ["a", "a/b"], ["node_modules", ".git", "a/node_modules/b"]],
    [["out/*/x.txt"], ["out", "out/1"], ["out/1/2", "src"]],
    [[".cache/**", "node_modules/x/*.js"], [".cache", ".cache/a", "node_modules", "node_modules/x"], ["src"]],
    [["{a/b,c}/*.txt"], ["a", "a/b", "c"], [".git"]],
    [["./dist/**"], ["dist"], ["src"]],
  ])("folders that files of %j can be in", (globs, holding, others) => {
    const { mayHold } = fileGlobs(globs);
    expect([...holding, ...others].filter(mayHold)).toEqual(holding);
  });
});
