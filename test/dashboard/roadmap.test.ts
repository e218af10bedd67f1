import { expect, it, test } from "vitest";
import { progressOf, readRoadmap } from "../../src/dashboard/roadmap/markdown.js";
import { roadmapOf } from "../../src/dashboard/roadmap/updates.js";
import type { ChannelMessage } from "../../src/dashboard/wire.js";

/** One line each, to be read: `# 1/2 title`, `[x] item`, `- point`, text. */
const shown = (markdown: string): string[] =>
  readRoadmap(markdown).map((line) => {
    if (line.kind === "heading")
      return `${"#".repeat(line.level)} ${line.progress.done}/${line.progress.total} ${line.text}`;
    if (line.kind === "text") return line.text;
    const indent = ".".repeat(line.depth);
    return line.kind === "item" ? `${indent}[${line.done ? "x" : " "}] ${line.text}` : `${indent}- ${line.text}`;
  });

test.each<[string, string, string[]]>([
  ["nothing", "", []],
  ["a heading", "# Roadmap", ["# 0/0 Roadmap"]],
  ["a closed heading, and one without words", "## About ##\n#", ["## 0/0 About", "# 0/0 "]],
  ["no heading", "#5 is done\n\n    # code", ["#5 is done", "# code"]],
  [
    "sections: a heading counts what is below it",
    "# R\n## A\n- [x] a\n- [ ] b\n### C\n* [X] c\n## D\n1. [ ] d",
    ["# 2/4 R", "## 2/3 A", "[x] a", "[ ] b", "### 1/1 C", "[x] c", "## 0/1 D", "[ ] d"],
  ],
  ["items before any heading", "- [x] a", ["[x] a"]],
  ["comments, also of several lines", "- [ ] a <!-- design:a -->\n<!-- x\n- [ ] b\n-->\n- [x] c", ["[ ] a", "[x] c"]],
  ["a comment without an end", "a\n<!-- b\n- [ ] c", ["a"]],
  ["items below items", "- [ ] a\n  - [x] b\n\t- Blocked: no (t1)", ["[ ] a", ".[x] b", "..- Blocked: no (t1)"]],
  ["a paragraph of lines", "one\ntwo\n\nthree", ["one two", "three"]],
  ["an item that goes on", "- [ ] one\n  two\n\nthree", ["[ ] one two", "three"]],
  ["code: no items", "```\n- [ ] a\n# b\n```\n- [ ] c", ["- [ ] a", "# b", "[ ] c"]],
  ["marks and links: their words", "- [x] **Ship** [it](https://x.example/a) with `care`", ["[x] Ship it with care"]],
  ["no box", "- [] a\n- [y] b\n- [ ]", ["- [] a", "- [y] b", "[ ] "]],
  ["what could be a tag", "<img src=x onerror=alert(1)>", ["<img src=x onerror=alert(1)>"]],
  ["lines of Windows", "# A\r\n- [x] b\r\n", ["# 1/1 A", "[x] b"]],
])("%s", (_, markdown, expected) => {
  expect(shown(markdown)).toEqual(expected);
});

it("is read in no time, whatever it is", () => {
  for (const part of ["<!--", "- [ ] ", "[a](", "# ".repeat(9), "`", " \t"]) readRoadmap(part.repeat(50_000));
});

const said = (seq: number, body: unknown): ChannelMessage => ({
  ...{ channel: "roadmap", seq, time: `2030-01-01T00:00:0${seq}.000Z`, body },
});
const update = (seq: number, item: string, done: boolean, roadmap?: string): ChannelMessage =>
  said(seq, {
    agent_id: "Morgan",
    type: "roadmap_update",
    task_id: `t${seq}`,
    item,
    done,
    ...(roadmap && { roadmap }),
  });

it("takes the newest message that carries the whole, and every update", () => {
  const { lines, told, updates } = roadmapOf([
    update(1, "a", true, "- [x] a\n- [ ] b"),
    update(2, "b", true, "- [x] a\n- [x] b"),
    update(3, "c", false),
    said(4, { from: "anna", message: "well done" }),
    said(5, "no JSON"),
    said(6, { roadmap: 7 }),
  ]);
  expect([progressOf(lines), told]).toEqual([
    { done: 2, total: 2 },
    { at: "2030-01-01T00:00:02.000Z", who: "Morgan" },
  ]);
  expect(updates.map(({ seq, who, text, done, task_id }) => [seq, who, text, done, task_id])).toEqual([
    [4, "anna", "well done", null, null],
    [3, "Morgan", "c", false, "t3"],
    [2, "Morgan", "b", true, "t2"],
    [1, "Morgan", "a", true, "t1"],
  ]);
});

it("without one: the newest word on each item", () => {
  const { lines, told } = roadmapOf([update(1, "a", false), update(2, "b", true), update(3, "a", true)]);
  expect(told).toBeNull();
  expect(lines.map((line) => line.kind === "item" && [line.text, line.done])).toEqual([
    ["a", true],
    ["b", true],
  ]);
  expect(roadmapOf([])).toEqual({ lines: [], told: null, updates: [] });
});
