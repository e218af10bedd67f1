import { expect, it } from "vitest";
import { MAX_GRAPH_NODES, type TaskGraph, taskGraphOf } from "../../src/domain/task-graph.js";
import { TaskRows, type TaskRow } from "../../src/domain/task-row.js";
import { recordIn } from "./records.js";

/** A task by its id: its parent, and what it waits for. */
type Given = Record<string, { parent?: string; waits?: string[] }>;

function graphOf(given: Given, id: string): TaskGraph | null {
  const make = new TaskRows();
  const rows = new Map<string, TaskRow>();
  for (const [task_id, { parent = null, waits = [] }] of Object.entries(given)) {
    const record = recordIn("completed", {
      task_id,
      title: `T ${task_id}`,
      role: "r",
      parent_id: parent,
      blocked_by: waits,
    });
    rows.set(task_id, make.of(record, 1, undefined));
  }
  return taskGraphOf({ rows: () => rows.values(), row: (known) => rows.get(known) }, id);
}

const told = (graph: TaskGraph | null) =>
  graph && {
    nodes: graph.nodes.map(({ task_id }) => task_id).join(" "),
    edges: graph.edges.map(({ from, to, kind }) => `${from}${kind === "handoff" ? "→" : "⊣"}${to}`).sort(),
  };

it.each<[what: string, given: Given, nodes: string, edges: string[]]>([
  ["alone", { x: {}, other: {} }, "x", []],
  [
    "ancestors and descendants, but not what else they led to",
    { g: {}, p: { parent: "g" }, x: { parent: "p" }, sibling: { parent: "p" }, c: { parent: "x" }, d: { parent: "c" } },
    "x p c g d",
    ["c→d", "g→p", "p→x", "x→c"],
  ],
  [
    "blockers and dependents, however far",
    { a: {}, b: { waits: ["a"] }, x: { waits: ["b", "b"] }, e: { waits: ["x"] }, f: { waits: ["e", "x"] } },
    "x b e f a",
    ["a⊣b", "b⊣x", "e⊣f", "x⊣e", "x⊣f"],
  ],
  [
    "a child that waits for its parent, and for another child",
    { x: {}, c: { parent: "x", waits: ["x"] }, d: { parent: "x", waits: ["c"] } },
    "x c d",
    ["c⊣d", "x→c", "x→d", "x⊣c"],
  ],
  ["what is not kept any more", { x: { parent: "p", waits: ["b"] } }, "x p b", ["b⊣x", "p→x"]],
  ["its own parent", { x: { parent: "x", waits: ["x"] } }, "x", ["x→x", "x⊣x"]],
  [
    "a circle",
    { x: { parent: "z" }, y: { parent: "x" }, z: { parent: "y", waits: ["x"] } },
    "x z y",
    ["x→y", "x⊣z", "y→z", "z→x"],
  ],
])("%s", (_, given, nodes, edges) => {
  expect(told(graphOf(given, "x"))).toEqual({ nodes, edges });
});

it("says what each is, and nothing of one that is not kept", () => {
  expect(graphOf({ x: { parent: "p" } }, "x")?.nodes).toEqual([
    { task_id: "x", title: "T x", status: "completed", role: "r" },
    { task_id: "p", title: null, status: null, role: null },
  ]);
  expect(graphOf({ x: {} }, "y")).toBeNull();
});

it("is bounded: the nearest of every kind, and how many are left out", () => {
  const given: Given = { p: {}, x: { parent: "p" } };
  for (let n = 0; n < 250; n++) given[`c${n}`] = { parent: "x" };
  for (let n = 0; n < 250; n++) given[`d${n}`] = { parent: `c${n}` };
  given["waits"] = { waits: ["x"] };
  const graph = graphOf(given, "x");
  expect(graph?.nodes).toHaveLength(MAX_GRAPH_NODES);
  expect(graph?.nodes.slice(0, 5).map(({ task_id }) => task_id)).toEqual(["x", "p", "waits", "c0", "c1"]);
  expect(graph).toMatchObject({ children: 250, dependents: 1, left_out: 503 - MAX_GRAPH_NODES });
  expect(graph?.edges).toHaveLength(MAX_GRAPH_NODES - 1);
});
