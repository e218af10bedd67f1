import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRejected, transition } from "../../src/domain/lifecycle.js";
import { isTaskRecord } from "../../src/domain/stored-record.js";
import { emptyResult, NewTask, STATUSES, StrictNewTask, TaskId } from "../../src/domain/task.js";
import { check } from "../../src/schema-problems.js";
import { NOW, recordIn } from "./records.js";

/** Nested arrays, `levels` deep. */
const nested = (levels: number): unknown => {
  let value: unknown = "x";
  for (let i = 0; i < levels; i++) value = [value];
  return value;
};

describe("a foreign task is read", () => {
  it.each<[string, object, object]>([
    ["the least", { title: "Design the about page" }, { title: "Design the about page" }],
    ["space around the title", { title: "  t \n" }, { title: "t" }],
    ["priority low", { title: "t", priority: "low" }, { priority: "low" }],
    ["priority HIGH", { title: "t", priority: "HIGH" }, { priority: "high" }],
    ["priority Urgent", { title: "t", priority: "Urgent" }, { priority: "urgent" }],
    ["priority medium", { title: "t", priority: "medium" }, { priority: "normal" }],
    ["priority Medium", { title: "t", priority: "Medium" }, { priority: "normal" }],
    ["a number as id", { title: "t", task_id: 5 }, { task_id: "5" }],
    ["the id 0", { title: "t", task_id: 0 }, { task_id: "0" }],
    ["numbers as blockers", { title: "t", blocked_by: [1, "b", 2] }, { blocked_by: ["1", "b", "2"] }],
    ["a number as parent", { title: "t", parent_id: 9 }, { parent_id: "9" }],
    ["timeout as text", { title: "t", timeout: "30m" }, { timeout: 1_800_000 }],
    ["timeout in ms", { title: "t", timeout: 1_500 }, { timeout: 1_500 }],
    ["not_before, ISO", { title: "t", not_before: "2030-01-31T09:00:00Z" }, { not_before: "2030-01-31T09:00:00Z" }],
    ["not_before, zone", { title: "t", not_before: "2030-01-31T09:00:00.5+02:00" }, {}],
    ["not_before, a day", { title: "t", not_before: "2030-01-31" }, {}],
    ["not_before, from now", { title: "t", not_before: "10m" }, { not_before: "10m" }],
    [
      "any JSON as payload",
      { title: "t", payload: { a: [1, null, { b: "x" }] } },
      { payload: { a: [1, null, { b: "x" }] } },
    ],
    ["null as payload", { title: "t", payload: null }, { payload: null }],
    ["a payload 200 levels deep", { title: "t", payload: nested(200) }, {}],
    ["approval", { title: "t", require_approval: true }, { require_approval: true }],
  ])("%s", (_, json, expected) => {
    expect(NewTask.parse(json)).toMatchObject(expected);
  });

  it("null means not given, in every field but title and payload", () => {
    const fields = Object.keys(NewTask.shape).filter((key) => key !== "title" && key !== "payload");
    expect(fields.length).toBeGreaterThan(14);
    const parsed = NewTask.parse({ title: "t", ...Object.fromEntries(fields.map((key) => [key, null])) });
    for (const key of fields) expect(parsed[key as keyof NewTask], key).toBeUndefined();
  });

  it("unknown keys are ignored, and kept out", () => {
    const given = JSON.parse(
      '{"title":"t","status":"completed","owner":"me","epoch":9,"__proto__":{"x":1}}',
    ) as unknown;
    const parsed = NewTask.parse(given);
    expect(Object.entries(parsed).filter(([, value]) => value !== undefined)).toEqual([["title", "t"]]);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  it("in a file written by a person they are an error", () => {
    const checked = check(StrictNewTask, { title: "t", priorty: "high" });
    expect(checked.ok ? [] : checked.problems.map(({ text }) => text)).toEqual([
      'unknown key "priorty": did you mean "priority"?',
    ]);
    expect(check(StrictNewTask, { title: "t", priority: "high" }).ok).toBe(true);
  });
});

const AN_ID = "a task id is 1 to 128 letters, digits, _ or -";
const A_DURATION = "expected a duration such as 30m, or milliseconds";
const A_TIME = "expected an ISO time such as 2030-01-31T09:00:00Z, or a duration such as 10m";

describe("what is no task is refused, and told where and why", () => {
  it.each<[unknown, string, string | RegExp]>([
    [null, "", /expected object/],
    [undefined, "", /expected object/],
    ["a text", "", /expected object/],
    [5, "", /expected object/],
    [[], "", /expected object/],
    [{}, "title", /expected string/],
    [{ title: null }, "title", /expected string/],
    [{ title: 5 }, "title", /expected string/],
    [{ title: "" }, "title", "a task needs a title"],
    [{ title: " \n " }, "title", "a task needs a title"],
    [{ title: "x".repeat(1_001) }, "title", /1000/],
    [{ title: "t", task_id: "a b" }, "task_id", AN_ID],
    [{ title: "t", task_id: "" }, "task_id", AN_ID],
    [{ title: "t", task_id: "a.b" }, "task_id", AN_ID],
    [{ title: "t", task_id: "a*" }, "task_id", AN_ID],
    [{ title: "t", task_id: "ä" }, "task_id", AN_ID],
    [{ title: "t", task_id: "a\n" }, "task_id", AN_ID],
    [{ title: "t", task_id: "x".repeat(129) }, "task_id", AN_ID],
    [{ title: "t", task_id: {} }, "task_id", AN_ID],
    [{ title: "t", task_id: true }, "task_id", AN_ID],
    [{ title: "t", blocked_by: ["a", "b c"] }, "blocked_by.1", AN_ID],
    [{ title: "t", blocked_by: "a" }, "blocked_by", /expected array/],
    [{ title: "t", priority: "asap" }, "priority", /urgent.*high.*normal.*low/],
    [{ title: "t", priority: 1 }, "priority", /urgent.*high.*normal.*low/],
    [{ title: "t", tags: [""] }, "tags.0", /1/],
    [{ title: "t", tags: [5] }, "tags.0", /expected string/],
    [{ title: "t", timeout: "soon" }, "timeout", A_DURATION],
    [{ title: "t", timeout: true }, "timeout", A_DURATION],
    [{ title: "t", timeout: "0s" }, "timeout", A_DURATION],
    [{ title: "t", timeout: "9".repeat(400) + "h" }, "timeout", A_DURATION],
    [{ title: "t", timeout: 0 }, "timeout", />0/],
    [{ title: "t", timeout: -5 }, "timeout", />0/],
    [{ title: "t", not_before: "soon" }, "not_before", A_TIME],
    [{ title: "t", not_before: "5" }, "not_before", A_TIME],
    [{ title: "t", not_before: "soon 5" }, "not_before", A_TIME],
    [{ title: "t", not_before: "Thu, 31 Jan 2030" }, "not_before", A_TIME],
    [{ title: "t", not_before: "2030-13-45" }, "not_before", A_TIME],
    [{ title: "t", not_before: "" }, "not_before", A_TIME],
    [{ title: "t", not_before: 5 }, "not_before", /expected string/],
    [{ title: "t", max_attempts: 0 }, "max_attempts", />=1/],
    [{ title: "t", max_attempts: 1.5 }, "max_attempts", /int/],
    [{ title: "t", max_attempts: 1_001 }, "max_attempts", /1000/],
    [{ title: "t", payload: nested(201) }, "payload", "nested deeper than 200 levels"],
    [{ title: "t", payload: nested(100_000) }, "payload", "nested deeper than 200 levels"],
    [{ title: "t", require_approval: "yes" }, "require_approval", /expected boolean/],
    [{ title: "t", on_blocker_failure: "ignore" }, "on_blocker_failure", /fail.*run/],
    [{ title: "t", idempotency_key: "" }, "idempotency_key", /1/],
  ])("%#", (json, path, message) => {
    const parsed = NewTask.safeParse(json);
    expect(parsed.success).toBe(false);
    const [issue] = parsed.error?.issues ?? [];
    expect(issue?.path.join(".")).toBe(path);
    if (typeof message === "string") expect(issue?.message).toBe(message);
    else expect(issue?.message).toMatch(message);
  });

  it("tells every problem at once", () => {
    const parsed = NewTask.safeParse({ task_id: "a b", priority: "asap", tags: 5 });
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual(
      expect.arrayContaining(["title", "task_id", "priority", "tags"]),
    );
  });
});

describe("any JSON at all", () => {
  /** JSON that is near enough to a task to get further in. */
  const nearly = fc.dictionary(fc.constantFrom(...Object.keys(NewTask.shape), "other"), fc.jsonValue());
  const titled = fc
    .tuple(fc.string({ minLength: 1 }), nearly, fc.string(), fc.jsonValue())
    .map(([title, rest, not_before, payload]) => ({ ...rest, title, not_before, payload }));

  it("never throws; what is accepted can be published, and what was published is read back", () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), nearly, titled), (json) => {
        const parsed = NewTask.safeParse(json);
        check(StrictNewTask, json);
        if (!parsed.success) {
          for (const { message } of parsed.error.issues) expect(message).toMatch(/\S{3}/);
          return;
        }
        const event = { type: "published" as const, task_id: "t1", task: parsed.data, blockers: [] };
        const record = transition(null, event, NOW);
        expect(isRejected(record)).toBe(false);
        expect(isTaskRecord(JSON.parse(JSON.stringify(record)))).toBe(true);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 8 }), (title, payload) => {
        const parsed = NewTask.safeParse({ title, payload });
        expect(parsed.success).toBe(title.trim() !== "");
        if (parsed.success) taken++;
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(250);
  });

  it("an id is accepted exactly when it is one", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w-]{0,130}$/)), (id) => {
        expect(TaskId.safeParse(id).success).toBe(
          /^[A-Za-z0-9_-]+$/.test(id) && id.length <= 128 && !id.includes("\n"),
        );
      }),
    );
  });

  it("files are few and short enough to be held with those of a thousand others", () => {
    const fits = (count: number, length: number): boolean =>
      NewTask.safeParse({ title: "T", files: Array.from({ length: count }, () => "f".repeat(length)) }).success;
    expect([fits(1_000, 16), fits(1_001, 1), fits(16, 1_000), fits(17, 1_000)]).toEqual([true, false, true, false]);
  });

  it.each<[unknown, boolean]>([
    [undefined, true],
    [null, true],
    [{}, true],
    [{ branch: 5 }, false],
    [{ commit: "--output=x" }, false],
    [{ base: "main" }, false],
    [{ files: "3" }, false],
    [[], false],
    ["mjagent/5", false],
  ])("changes that are %j", (spoiled, fine) => {
    const id = "a".repeat(40);
    const good = {
      branch: "mjagent/5",
      base: id,
      commit: id,
      files: 1,
      insertions: 1,
      deletions: 0,
      host: "h",
      repository: "/r",
    };
    const isPart = typeof spoiled === "object" && spoiled !== null && !Array.isArray(spoiled);
    const result = { ...emptyResult(), changes: isPart ? { ...good, ...spoiled } : spoiled };
    const record: unknown = { ...recordIn("completed"), result };
    expect(isTaskRecord(record)).toBe(fine);
  });

  it("isTaskRecord looks at anything without falling over", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(isTaskRecord(json)).toBe(false);
      }),
    );
    for (const status of STATUSES) expect(isTaskRecord(recordIn(status))).toBe(true);
    const { history, ...without } = recordIn("available");
    expect(history).toEqual([]);
    expect(isTaskRecord(without)).toBe(false);
    expect(isTaskRecord({ ...recordIn("available"), status: "done" })).toBe(false);
  });

  it("a result of an earlier version need not count dropped lines", () => {
    const { dropped_lines: _, ...result } = emptyResult();
    expect(isTaskRecord({ ...recordIn("completed"), result })).toBe(true);
    expect(isTaskRecord({ ...recordIn("completed"), result: { ...result, dropped_lines: "many" } })).toBe(false);
  });
});
