import { expect, it } from "vitest";
import { z } from "zod";
import { fieldsOf, filled, type Schema, taskSchema, valuesOf } from "../../src/dashboard/publish/fields.js";
import { cliFor } from "../../src/dashboard/task/cli.js";
import { StrictNewTask } from "../../src/domain/task.js";

const schema = z.toJSONSchema(StrictNewTask, { io: "input", unrepresentable: "any" }) as Schema;
const fields = fieldsOf(schema);

it("makes a field of everything a new task can have", () => {
  expect(fields.map(({ name }) => name)).toEqual(Object.keys(StrictNewTask.shape));
  const kinds = Object.fromEntries(fields.map(({ name, widget }) => [name, widget.kind]));
  expect(kinds).toMatchObject({
    ...{ title: "line", description: "text", priority: "choice", tags: "list", blocked_by: "list" },
    ...{ max_attempts: "number", payload: "json", require_approval: "yes", timeout: "line", not_before: "line" },
  });
  expect(fields.filter(({ required }) => required).map(({ name }) => name)).toEqual(["title"]);
});

it.each([
  ["inline", { schema: { anyOf: [schema, { type: "array" }] } }, {}],
  [
    "by name",
    { schema: { $ref: "#/components/schemas/One" } },
    { One: { oneOf: [{ $ref: "#/components/schemas/Two" }] }, Two: schema },
  ],
])("finds the schema of a task in OpenAPI, %s", (_, json, schemas) => {
  const paths = { "/api/tasks": { post: { requestBody: { content: { "application/json": json } } } } };
  expect(taskSchema({ paths, components: { schemas } })).toBe(schema);
});

it("finds none where there is none", () => {
  expect(taskSchema({ paths: {} })).toBeNull();
});

it("leaves out what is empty, and says what is wrong", () => {
  const values = {
    title: " About ",
    tags: "a, b\nc",
    payload: '{"n":1}',
    max_attempts: "2",
    require_approval: true,
    type: "",
  };
  expect(filled(fields, values)).toEqual({
    task: { title: "About", tags: ["a", "b", "c"], payload: { n: 1 }, max_attempts: 2, require_approval: true },
    problems: {},
  });
  expect(filled(fields, { payload: "about" }).problems).toEqual({
    title: "is needed",
    payload: expect.stringContaining("is not JSON") as string,
  });
});

it("what was published can be filled in again", () => {
  const task = {
    title: "A",
    tags: ["x", "y"],
    payload: { n: 1 },
    max_attempts: 3,
    description: null,
    require_approval: false,
  };
  const { task: again } = filled(fields, valuesOf(fields, task));
  expect(again).toEqual({ title: "A", tags: ["x", "y"], payload: { n: 1 }, max_attempts: 3 });
});

it("says a task as a command that a shell takes", () => {
  expect(cliFor({ title: "It's $(rm)", type: "design", tags: ["a b"], priority: "normal", payload: { n: 1 } })).toBe(
    `mjagent publish --title 'It'\\''s $(rm)' --type design --tag 'a b' --payload '{"n":1}'`,
  );
});
