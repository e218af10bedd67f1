import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryText, mergedMemory } from "../../src/domain/memory.js";

describe("what an agent is told", () => {
  test("the notes, and where to change them", () => {
    const text = memoryText("- a\n", "/p/.mjagent-1/x.md");
    expect(text).toMatch(/^# Memory\n\n.*\n\n<memory>\n- a\n<\/memory>\n\n.*\/p\/\.mjagent-1\/x\.md.*256 KiB/s);
    expect(text).toContain("only when this task succeeds");
  });

  test("nothing yet; who may only read is told of no file", () => {
    expect(memoryText(" \n", undefined)).toMatch(/<memory>\n\(nothing yet\)\n<\/memory>\n$/);
  });
});

describe("what is written back", () => {
  const MARK = "<!-- mark -->";
  test.each([
    ["nobody else wrote", "a\n", "a\n", "a\nb\n", "a\nb\n"],
    ["a rewrite", "a\n", "a\n", "z\n", "z\n"],
    ["both wrote the same", "a\n", "a\nb\n", "a\nb\n", "a\nb\n"],
    ["both added", "a\n", "a\nb\n", "a\nc\n", `a\nb\n\n${MARK}\n\nc\n`],
    ["only what is new is added", "a\n", "a\nb\n", "a\nb\nc\n", `a\nb\n\n${MARK}\n\nc\n`],
    ["a rewrite of what others added to", "a\n", "a\nb\n", "z\n", `a\nb\n\n${MARK}\n\nz\n`],
    ["it only took something out", "a\nb\n", "a\nb\nc\n", "a\n", "a\nb\nc\n"],
    ["the file was made meanwhile", "", "b\n", "# T\n\nc\n", `b\n\n${MARK}\n\n# T\n\nc\n`],
    ["the file was removed meanwhile", "a\n", "", "a\nb\n", `${MARK}\n\nb\n`],
    ["paragraphs stay apart", "a\n", "b\n", "a\n\nc\n\n\n\nd\n", `b\n\n${MARK}\n\nc\n\nd\n`],
  ])("%s", (_, base, theirs, mine, merged) => {
    expect(mergedMemory(base, theirs, mine, MARK)).toBe(merged);
  });

  test("no line of either is lost when both have written", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d e", ""), { maxLength: 6 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, text, (base, theirs, mine) => {
        fc.pre(theirs !== base);
        const lines = mergedMemory(base, theirs, mine, MARK).split("\n");
        const known = new Set(base.split("\n"));
        for (const line of mine.split("\n").filter((each) => each !== "" && !known.has(each)))
          expect(lines).toContain(line);
        for (const line of theirs.split("\n").filter((each) => each !== "")) expect(lines).toContain(line);
      }),
    );
  });
});
