import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupErrors } from "../../src/domain/error-groups.js";
import type { Status, TaskRecord } from "../../src/domain/task.js";
import { ORDERS, SORTS, type TaskQuery } from "../../src/domain/task-query.js";
import { MAX_PAGE, type TaskPage, TaskTable } from "../../src/domain/task-table.js";
import { attempt, later, recordIn, role } from "./records.js";

/** A table of these tasks; each has the revision of its place. */
function tableOf(...tasks: [id: string, status: Status, over?: Partial<TaskRecord>][]): TaskTable {
  const table = new TaskTable();
  tasks.forEach(([task_id, status, over], i) => table.apply(recordIn(status, { task_id, title: "T", ...over }), i + 1));
  return table;
}

function pageOf(table: TaskTable, query: TaskQuery & { limit?: number; cursor?: string }): TaskPage {
  const page = table.page({ limit: 100, ...query });
  if (typeof page === "string") throw new Error(page);
  return page;
}

const idsOf = (page: TaskPage): string[] => page.tasks.map(({ task_id }) => task_id);

describe("which tasks are meant", () => {
  const failed = { error: { reason: "exit" as const, message: "no such page: /a.html" } };
  const table = tableOf(
    ["a", "available", { title: "Design the About page", type: "Design", priority: "high", tags: ["Web", "ghost"] }],
    ["b", "in_progress", { title: "Publish", type: "publishing", role: "alice", owner: "Alice" }],
    ["c", "completed", { history: [attempt({ agent_id: "Doc Brown" })], owner: null, updated_at: later(5_000) }],
    ["d", "failed", { ...failed, role: "alice", title: "50% (done)", updated_at: later(9_000) }],
    ["About", "scheduled", { ...failed, type: "design" }],
  );
  const fingerprint = table.get("d")?.error?.fingerprint;
  it.each<[TaskQuery, string[]]>([
    [{}, ["About", "a", "b", "c", "d"]],
    [{ status: ["failed", "in_progress"] }, ["b", "d"]],
    [{ status: [] }, []],
    [{ type: ["design"] }, ["About", "a"]],
    [{ type: ["none"] }, []],
    [{ agent: ["alice", "doc brown"] }, ["b", "c"]],
    [{ role: ["ALICE"] }, ["b", "d"]],
    [{ tag: ["WEB", "other"] }, ["a"]],
    [{ priority: ["high"] }, ["a"]],
    [{ q: "about" }, ["About", "a"]],
    [{ q: "50% (" }, ["d"]],
    [{ q: "SUCH PAGE", status: ["failed"] }, ["d"]],
    [{ q: "" }, ["About", "a", "b", "c", "d"]],
    [{ fingerprint: fingerprint! }, ["About", "d"]],
    [{ since: later(5_000) }, ["c", "d"]],
    [{ since: "2030-01-01T13:00:05+01:00" }, ["c", "d"]],
  ])("%j", (query, ids) => {
    const page = pageOf(table, { ...query, sort: "created", order: "asc" });
    expect(idsOf(page)).toEqual(ids);
    expect(page.total).toBe(ids.length);
    expect(table.matching({ ...query, order: "asc" })?.map(({ task_id }) => task_id)).toEqual(ids);
  });

  it("what cannot be meant is said", () => {
    expect(table.page({ limit: 1, since: "soon" })).toBe("since");
    expect(table.matching({ since: "soon" })).toBeNull();
    const { next_cursor } = pageOf(table, { limit: 1 });
    expect(table.page({ limit: 1, cursor: next_cursor!, sort: "title" })).toBe("cursor");
    expect(table.page({ limit: 1, cursor: next_cursor!, order: "asc" })).toBe("cursor");
    for (const cursor of ["", "x", "bnVsbA", Buffer.from('["created","desc",{},"a"]').toString("base64url")]) {
      expect(table.page({ limit: 1, cursor })).toBe("cursor");
    }
  });
});

it.each<[(typeof SORTS)[number], "asc" | "desc", string[]]>([
  ["created", "desc", ["c", "b", "d", "a"]],
  ["updated", "asc", ["d", "a", "b", "c"]],
  ["priority", "desc", ["b", "a", "d", "c"]],
  ["status", "asc", ["a", "d", "b", "c"]],
  ["title", "asc", ["b", "d", "a", "c"]],
  ["type", "asc", ["d", "a", "b", "c"]],
  ["type", "desc", ["a", "d", "b", "c"]],
  ["agent", "asc", ["b", "c", "a", "d"]],
  ["attempts", "desc", ["c", "b", "a", "d"]],
  ["duration", "desc", ["c", "a", "b", "d"]],
])("by %s, %s; what has none comes last, equal ones by id", (sort, order, ids) => {
  const table = tableOf(
    ["a", "available", { title: "b", type: "x", updated_at: later(1) }],
    ["b", "in_progress", { title: "A", priority: "urgent", created_at: later(2), updated_at: later(2) }],
    [
      "c",
      "completed",
      { title: "c", priority: "low", created_at: later(3), updated_at: later(4), attempts: 2, started_at: later(-9) },
    ],
    ["d", "available", { title: "a", type: "design", created_at: later(1) }],
  );
  expect(idsOf(pageOf(table, { sort, order }))).toEqual(ids);
});

const nothing = (): undefined => undefined;

const task = fc.record({
  task_id: fc.stringMatching(/^[a-z0-9]{1,3}$/),
  status: fc.constantFrom<Status[]>("available", "in_progress", "completed", "failed"),
  priority: fc.constantFrom("urgent" as const, "low" as const),
  title: fc.constantFrom("a", "B", "c", "ä"),
  created_at: fc.integer({ min: 0, max: 5 }).map(later),
  type: fc.option(fc.constantFrom("x", "y")),
});

it("paging gives every task once and in order, and those that stay also while others come, go and change", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(task, { selector: ({ task_id }) => task_id, maxLength: 60 }),
      fc.constantFrom(...SORTS),
      fc.constantFrom(...ORDERS),
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.tuple(fc.nat(59), fc.boolean())),
      (tasks, sort, order, limit, moves) => {
        const table = tableOf(...tasks.map((of): [string, Status, typeof of] => [of.task_id, of.status, of]));
        const whole = table.matching({ sort, order })!.map(({ task_id }) => task_id);
        const pages = (between: () => void): string[] => {
          const found: string[] = [];
          for (let cursor: string | null = ""; cursor !== null;) {
            const page = pageOf(table, { sort, order, limit, ...(cursor && { cursor }) });
            found.push(...idsOf(page));
            cursor = page.next_cursor;
            between();
          }
          return found;
        };
        expect(pages(nothing)).toEqual(whole);
        const touched = new Set<string>();
        let revision = 1_000;
        const found = pages(() => {
          const [at, goes] = moves.pop() ?? [];
          const of = at === undefined ? undefined : tasks[at];
          if (!of) return;
          touched.add(of.task_id);
          if (goes === true) table.remove(of.task_id, ++revision);
          else table.apply(recordIn("cancelled", { ...of, status: "cancelled", updated_at: later(99) }), ++revision);
        });
        expect(found.filter((id) => !touched.has(id))).toEqual(whole.filter((id) => !touched.has(id)));
      },
    ),
    { numRuns: 200 },
  );
});

it("a page has at most so many", () => {
  const table = tableOf(...Array.from({ length: MAX_PAGE + 2 }, (_, i): [string, Status] => [`t${i}`, "available"]));
  const page = pageOf(table, { limit: 10_000 });
  expect(page.tasks).toHaveLength(MAX_PAGE);
  expect(page.total).toBe(MAX_PAGE + 2);
  expect(pageOf(table, { limit: 0 }).tasks).toHaveLength(1);
});

it("what is older than what is known changes nothing", () => {
  const table = tableOf(["a", "available"], ["a", "in_progress"]);
  expect(table.apply(recordIn("available", { task_id: "a" }), 2)).toBeNull();
  expect(table.remove("a", 1)).toBe(false);
  expect(table.get("a")?.status).toBe("in_progress");
  expect(table.remove("a", 3)).toBe(true);
  expect(table.remove("a", 3)).toBe(false);
});

it("unrouted: available, and no role takes it now", () => {
  const table = tableOf(["a", "available", { type: "design" }], ["b", "available", { description: "on PAGE_SPEC" }]);
  const unrouted = (): string[] => ["a", "b", "c"].filter((id) => table.isUnrouted(id));
  expect(unrouted()).toEqual(["a", "b"]);
  table.setRoles([role("debbie", { types: ["design"] }), role("doc", { keywords: ["page_spec"] })]);
  expect(unrouted()).toEqual([]);
  table.apply(recordIn("available", { task_id: "c" }), 9);
  expect(unrouted()).toEqual(["c"]);
  table.setRoles([role("debbie", { types: ["design"] })]);
  expect(unrouted()).toEqual(["b", "c"]);
  table.apply(recordIn("in_progress", { task_id: "b" }), 10);
  table.remove("c", 11);
  expect(unrouted()).toEqual([]);
});

it("long texts are kept by their beginnings; how long it waited is kept from when it was taken", () => {
  const table = new TaskTable();
  const error = { reason: "exit" as const, message: `${"x".repeat(198)}😀 and more` };
  const row = table.apply(recordIn("failed", { error }), 1);
  expect(row?.error?.message).toBe(`${"x".repeat(198)}…`);
  const waits = { task_id: "w", blocked_by: ["t1"], history: [] };
  table.apply(recordIn("available", { ...waits, updated_at: later(60_000) }), 2);
  const run = { ...waits, started_at: later(90_000) };
  expect(table.apply(recordIn("in_progress", run), 3)?.wait_ms).toBe(30_000);
  expect(table.apply(recordIn("completed", { ...run, finished_at: later(95_000) }), 4)).toMatchObject({
    wait_ms: 30_000,
    duration_ms: 5_000,
  });
  // Nobody saw when its blockers were done.
  expect(new TaskTable().apply(recordIn("in_progress", run), 3)?.wait_ms).toBeNull();
});

it("failures by their causes: the last seen first; not of those that were cancelled", () => {
  const fails = (n: number, over: Partial<TaskRecord> = {}): Partial<TaskRecord> => ({
    error: { reason: "exit", message: `no page /p/${n}` },
    updated_at: later(n),
    role: n % 2 === 0 ? "alice" : "debbie",
    ...over,
  });
  const table = tableOf(
    ...Array.from({ length: 7 }, (_, n): [string, Status, Partial<TaskRecord>] => [`t${n}`, "failed", fails(n)]),
    ["again", "scheduled", fails(9, { error: { reason: "timeout", message: "took 30m" } })],
    ["gone", "cancelled", fails(99)],
    ["well", "completed"],
  );
  expect(groupErrors(table.rows())).toEqual([
    expect.objectContaining({
      reason: "timeout",
      message: "took 30m",
      count: 1,
      last_seen: later(9),
      examples: ["again"],
    }),
    {
      fingerprint: table.get("t0")?.error?.fingerprint,
      reason: "exit",
      message: "no page /p/6",
      count: 7,
      last_seen: later(6),
      roles: ["alice", "debbie"],
      examples: ["t6", "t5", "t4", "t3", "t2"],
    },
  ]);
});
