import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { literalStart, renderTemplate, startsWithOption } from "../../src/domain/template.js";

const values = {
  task: {
    title: "About page",
    tags: ["a", "b"],
    payload: { n: 1, zero: 0, no: false, list: [{ x: "deep" }], dash_ed: "u", empty: "" },
    description: null,
    braces: "{{task.title}} and {{ task.title }}",
    dollars: "$& $1 $` $' $$",
  },
  blockers: [
    { task_id: "1", result: { summary: "first" } },
    { task_id: "2", result: null },
  ],
  text: "plain",
};

describe("renderTemplate", () => {
  it.each([
    ["no placeholder", "no placeholder"],
    ["", ""],
    ["{{task.title}}", "About page"],
    ["{{ task.title }}", "About page"],
    ["{{\n\ttask.title  }}", "About page"],
    ["[{{task.title}}] [{{task.title}}]", "[About page] [About page]"],
    ["{{text}}", "plain"],
    // Lists by index, objects as JSON.
    ["{{task.tags.0}}{{task.tags.1}}", "ab"],
    ["{{task.tags.2}}", ""],
    ["{{task.tags}}", '["a","b"]'],
    ["{{blockers.0.result.summary}}", "first"],
    ["{{blockers.1.result.summary}}", ""],
    ["{{blockers.1.result}}", ""],
    ["{{task.payload.list.0.x}}", "deep"],
    ["{{task.payload.list}}", '[{"x":"deep"}]'],
    ["{{task.payload.dash_ed}}", "u"],
    // What is falsy is there all the same.
    ["{{task.payload.zero}} {{task.payload.no}}", "0 false"],
    ["[{{task.payload.empty}}]", "[]"],
    // What is missing is empty.
    ["[{{task.description}}]", "[]"],
    ["[{{task.nope}}{{nope}}{{task.title.nope}}{{task.}}{{task..title}}]", "[]"],
    // A value is data.
    ["{{task.braces}}", "{{task.title}} and {{ task.title }}"],
    ["{{task.dollars}}", "$& $1 $` $' $$"],
    // No way out of the values given.
    ["[{{task.__proto__}}]", "[]"],
    ["[{{__proto__}}]", "[]"],
    ["[{{constructor}}]", "[]"],
    ["[{{task.constructor}}]", "[]"],
    ["[{{task.constructor.name}}]", "[]"],
    ["[{{task.toString}}]", "[]"],
    ["[{{task.title.length}}]", "[]"],
    ["[{{task.title.constructor}}]", "[]"],
    ["[{{task.tags.map}}]", "[]"],
    ["[{{task.hasOwnProperty}}]", "[]"],
    // Not a placeholder: left alone.
    ["{{}}", "{{}}"],
    ["{{ }}", "{{ }}"],
    ["{task.title}", "{task.title}"],
    ["{{task.title}", "{{task.title}"],
    ["{{task title}}", "{{task title}}"],
    ["{{1.x}}", "{{1.x}}"],
    ["{{#if task}}", "{{#if task}}"],
    ["{{{task.title}}}", "{About page}"],
  ])("%j → %j", (template, text) => {
    expect(renderTemplate(template, values)).toBe(text);
  });

  it("a key that is really there is found, even one with such a name", () => {
    const own = JSON.parse('{"a": {"__proto__": {"b": 1}, "constructor": "own"}}') as Record<string, unknown>;
    expect(renderTemplate("{{a.constructor}} {{a.__proto__.b}}", own)).toBe("own 1");
  });

  it("puts any text in as it is, and takes any template", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(renderTemplate("<{{x}}>", { x: text })).toBe(`<${text}>`);
        expect(renderTemplate("<{{x}}>", { x: `{{x}}${text}` })).toBe(`<{{x}}${text}>`);
        expect(typeof renderTemplate(text, values)).toBe("string");
      }),
    );
  });
});

it.each([
  ["plain", undefined],
  ["", undefined],
  ["{{task.title}}", ""],
  ["--title={{task.title}}", "--title="],
  ["a {{x}} b {{y}}", "a "],
  ["{{}}", undefined],
])("literalStart(%j) → %j, again and again", (template, start) => {
  expect([literalStart(template), literalStart(template)]).toEqual([start, start]);
});

it.each([
  ["-x", true],
  ["--title={{task.title}}", true],
  ["-", true],
  ["{{task.title}}", false],
  ["a-b", false],
  ["", false],
])("startsWithOption(%j) → %s", (template, starts) => {
  expect(startsWithOption(template)).toBe(starts);
});
