import { describe, expect, it } from "vitest";
import { handoffsOf } from "../../src/domain/handoff.js";
import { Handoff } from "../../src/domain/role.js";
import { emptyResult, NewTask, type TaskRecord } from "../../src/domain/task.js";
import { deepFreeze, recordIn } from "./records.js";

const agent = { agent_id: "Debbie", role: "debbie" };
const result = { ...emptyResult(), summary: "three pages", data: { pages: ["a", "b"], n: 2 } };

function handoffs(templates: unknown[], asked: unknown[] = [], over: Partial<TaskRecord> = {}) {
  const task = recordIn("in_progress", { task_id: "5", title: "About page", ...over });
  return handoffsOf(
    deepFreeze(templates.map((template) => Handoff.parse(template))),
    deepFreeze(asked.map((wish) => NewTask.parse(wish))),
    { task, result, agent },
  );
}

describe("templates are filled", () => {
  it.each<[string, object, object]>([
    ["title", { title: "Convert {{task.title}} to Mobiledoc" }, { title: "Convert About page to Mobiledoc" }],
    ["result", { title: "t", description: "{{result.summary}}" }, { description: "three pages" }],
    ["agent", { title: "by {{agent.agent_id}} ({{agent.role}})" }, { title: "by Debbie (debbie)" }],
    [
      "lists",
      { title: "t", tags: ["from-{{task.task_id}}"], files: ["{{result.data.pages.1}}.md"] },
      { tags: ["from-5"], files: ["b.md"] },
    ],
    [
      "deep payload",
      { title: "t", payload: { a: [{ b: "{{task.task_id}}" }], n: 1, z: null } },
      { payload: { a: [{ b: "5" }], n: 1, z: null } },
    ],
    ["JSON", { title: "t", description: "{{result.data}}" }, { description: '{"pages":["a","b"],"n":2}' }],
    ["missing", { title: "t", description: "[{{task.nothing.at.all}}]" }, { description: "[]" }],
    [
      "priority",
      { title: "t", priority: "urgent", type: "x", phase: "y" },
      { priority: "urgent", type: "x", phase: "y" },
    ],
  ])("%s", (_, template, expected) => {
    const { tasks, problems } = handoffs([template]);
    expect(problems).toEqual([]);
    expect(tasks).toMatchObject([expected]);
  });

  it("a title that came from somewhere is one line, and not too long", () => {
    const { tasks } = handoffs([{ title: "Convert {{task.title}}" }], [], { title: `a\n b\t${"x".repeat(1_000)}` });
    expect(tasks[0]?.title).toMatch(/^Convert a b x+$/);
    expect(tasks[0]?.title).toHaveLength(1_000);
  });

  it("braces in a value stay text", () => {
    const { tasks } = handoffs([{ title: "{{task.title}}" }], [], { title: "{{task.task_id}} $& {{agent.role}}" });
    expect(tasks[0]?.title).toBe("{{task.task_id}} $& {{agent.role}}");
  });
});

it("makes children of the completed task, published by its agent", () => {
  const { tasks } = handoffs([{ title: "one" }], [{ title: "two", parent_id: "99", created_by: "me" }]);
  expect(tasks).toMatchObject([
    { title: "one", parent_id: "5", created_by: "Debbie" },
    { title: "two", parent_id: "5", created_by: "Debbie" },
  ]);
});

it("takes the role's first, then what the command asked for, whose ids and keys are not its to choose", () => {
  const asked = [{ title: "c", task_id: "mine", idempotency_key: "k", priority: "low", payload: { a: 1 } }];
  const { tasks } = handoffs([{ title: "a" }, { title: "b" }], asked);
  expect(tasks.map((task) => task.title)).toEqual(["a", "b", "c"]);
  expect(tasks[2]).toMatchObject({
    priority: "low",
    payload: { a: 1 },
    task_id: undefined,
    idempotency_key: undefined,
  });
});

it("what the command asked for is no template", () => {
  expect(handoffs([], [{ title: "{{task.title}}" }]).tasks[0]?.title).toBe("{{task.title}}");
});

it("tells which hand-off is none, and keeps the others", () => {
  const { tasks, problems } = handoffs(
    [{ title: "{{task.nothing}}" }, { title: "good" }, { title: "t", type: "{{task.description}}" }],
    [],
    { description: "x".repeat(300) },
  );
  expect(tasks.map((task) => task.title)).toEqual(["good"]);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toBe('hand-off "{{task.nothing}}": a task needs a title');
  expect(problems[1]).toMatch(/^hand-off "t": .*200/);
});

it("none, none", () => {
  expect(handoffs([])).toEqual({ tasks: [], problems: [] });
});
