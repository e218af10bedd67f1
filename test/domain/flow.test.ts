import { describe, expect, it } from "vitest";
import { type Flow, flowOf } from "../../src/domain/flow.js";
import { TaskRows, type TaskRow } from "../../src/domain/task-row.js";
import type { Status, TaskRecord } from "../../src/domain/task.js";
import { later, NOW, recordIn } from "./records.js";

type Given = [id: string, status: Status, over?: Partial<TaskRecord>];

/** The flow of these tasks; `roles`: who takes those that can be taken. */
function flow(given: readonly Given[], since: string | null = null, roles: Record<string, string[]> = {}): Flow {
  const make = new TaskRows();
  const rows = new Map<string, TaskRow>();
  for (const [task_id, status, over] of given)
    rows.set(task_id, make.of(recordIn(status, { task_id, ...over }), 1, undefined));
  return flowOf({ rows: () => rows.values(), row: (id) => rows.get(id), rolesOf: (id) => roles[id] ?? [] }, since);
}

/** `outside→role:design 2`, with what runs and what failed. */
const edges = ({ edges }: Flow): string[] =>
  edges.map(({ from, to, tasks, running, failed }) => `${from}→${to} ${tasks}/${running}/${failed}`);
const counts = ({ nodes }: Flow): string[] =>
  nodes.map(({ id, running, waiting, done, failed }) => `${id} ${running}/${waiting}/${done}/${failed}`);

const [design, publish] = [{ role: "design" }, { role: "publish" }];

describe("who hands work to whom", () => {
  it.each<[what: string, given: Given[], routes: Record<string, string[]>, edges: string[]]>([
    ["nothing", [], {}, []],
    ["from people to a role", [["a", "in_progress", design]], {}, ["outside→role:design 1/1/0"]],
    [
      "from role to role, counted together",
      [
        ["a", "completed", design],
        ["b", "failed", { ...publish, parent_id: "a" }],
        ["c", "in_progress", { ...publish, parent_id: "a" }],
        ["d", "cancelled", { ...publish, parent_id: "a" }],
      ],
      {},
      ["outside→role:design 1/0/0", "role:design→role:publish 3/1/1"],
    ],
    [
      "a role to itself, and a task that is its own parent",
      [
        ["a", "completed", { ...design, parent_id: "b" }],
        ["b", "completed", { ...design, parent_id: "a" }],
        ["c", "completed", { ...design, parent_id: "c" }],
      ],
      {},
      ["role:design→role:design 3/0/0"],
    ],
    [
      "nobody had it yet: the one role that takes it, or nobody's",
      [
        ["one", "available"],
        ["two", "available"],
        ["none", "available"],
        ["later", "scheduled"],
        ["child", "available", { parent_id: "two" }],
      ],
      { one: ["design"], two: ["design", "publish"], child: ["publish"] },
      ["outside→role:design 1/0/0", "outside→unclaimed 3/0/0", "unclaimed→role:publish 1/0/0"],
    ],
    [
      "who had it keeps it while it waits to be tried again",
      [["a", "available", design]],
      { a: ["publish"] },
      ["outside→role:design 1/0/0"],
    ],
    [
      "a parent that is not kept",
      [["a", "completed", { ...design, parent_id: "gone" }]],
      {},
      ["removed→role:design 1/0/0"],
    ],
  ])("%s", (_, given, routes, told) => {
    expect(edges(flow(given, null, routes))).toEqual(told);
  });

  it("counts what runs and waits now, and what ended and was handed on since", () => {
    const old = { created_at: later(-9_000) };
    const told = flow(
      [
        ["old and still running", "in_progress", { ...design, ...old }],
        ["old and waits", "blocked", old],
        ["ended now", "completed", { ...design, ...old }],
        ["failed now", "failed", { ...design, ...old }],
        ["ended then", "completed", { ...publish, ...old, finished_at: later(-5_000) }],
        ["new", "completed", { ...design, parent_id: "ended then" }],
      ],
      NOW,
    );
    expect(counts(told)).toEqual(["role:design 1/0/2/1", "role:publish 0/0/0/0", "unclaimed 0/1/0/0"]);
    expect(edges(told)).toEqual(["role:publish→role:design 1/0/0"]);
  });

  it("is told in the same order, in whatever order the tasks come", () => {
    const given: Given[] = [
      ["a", "completed", publish],
      ["b", "completed", { ...design, parent_id: "a" }],
      ["c", "completed", { role: "build", parent_id: "a" }],
      ["d", "available"],
    ];
    expect(flow([...given].reverse())).toEqual(flow(given));
  });
});
