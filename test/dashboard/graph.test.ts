import { describe, expect, it } from "vitest";
import { drawnOf } from "../../src/dashboard/flow/drawn.js";
import { layoutOf, type Shape } from "../../src/dashboard/graph/layout.js";
import { arrowOf, pathOf, widthOf } from "../../src/dashboard/graph/line.js";
import { nearestOf } from "../../src/dashboard/task/nearest.js";
import type { FlowEdge, FlowNode } from "../../src/domain/flow.js";
import type { TaskGraph } from "../../src/domain/task-graph.js";

const NODE = { width: 100, height: 40 };

const shape = (
  pairs: readonly (readonly [from: string, to: string])[],
  direction: Shape["direction"] = "right",
): Shape => ({
  ...{ direction, node: NODE, label: { width: 40, height: 20 } },
  nodes: [...new Set(pairs.flat())],
  edges: pairs.map(([from, to], at) => ({ id: `${at}`, from, to })),
});

describe("a graph is laid out", () => {
  it.each([
    ["one after the other", [["a", "b"]]],
    ["to itself", [["a", "a"]]],
    [
      "a circle",
      [
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
      ],
    ],
    [
      "twice between the same",
      [
        ["a", "b"],
        ["a", "b"],
        ["b", "a"],
      ],
    ],
    [
      "ids that mean something to JavaScript",
      [
        ["__proto__", "constructor"],
        ["constructor", "toString"],
      ],
    ],
    [
      "everything with everything",
      ["a", "b", "c", "d", "e"].flatMap((from) => ["a", "b", "c", "d", "e"].map((to) => [from, to])),
    ],
  ] as [string, [string, string][]][])(
    "%s: boxes apart, each line from its box to the other, in either direction",
    (_, pairs) => {
      for (const direction of ["right", "down"] as const) {
        const { nodes, edges, width, height } = layoutOf(shape(pairs, direction));
        const boxes = [...nodes.values()];
        for (const [at, { x, y }] of boxes.entries()) {
          expect(x >= 0 && y >= 0 && x + NODE.width <= width && y + NODE.height <= height).toBe(true);
          for (const other of boxes.slice(at + 1)) {
            expect(Math.abs(x - other.x) >= NODE.width || Math.abs(y - other.y) >= NODE.height).toBe(true);
          }
        }
        const touches = (id: string, point: { x: number; y: number } | undefined): boolean => {
          const box = nodes.get(id)!;
          const [dx, dy] = [point!.x - box.x, point!.y - box.y];
          return dx >= -1 && dx <= NODE.width + 1 && dy >= -1 && dy <= NODE.height + 1;
        };
        pairs.forEach(([from, to], at) => {
          const { points } = edges.get(`${at}`)!;
          expect([touches(from, points[0]), touches(to, points.at(-1))]).toEqual([true, true]);
          expect(pathOf(points, 2)).toMatch(/^M[-\d. ]+(Q[-\d. ]+)+$/);
        });
      }
    },
  );

  it("comes out the same for the same shape", () => {
    const pairs = [
      ["a", "b"],
      ["b", "b"],
      ["b", "c"],
      ["c", "a"],
    ] as const;
    expect(layoutOf(shape(pairs))).toEqual(layoutOf(shape(pairs)));
  });
});

it("an arrowhead points the way the line goes, and grows with it", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 50, y: 0 },
  ];
  expect(arrowOf(points, 2)).toEqual([
    { x: 50, y: 0 },
    { x: 40, y: 5 },
    { x: 40, y: -5 },
  ]);
  expect(arrowOf([], 2)).toEqual([]);
  expect([0, 1, 10, 100, 100_000].map((count) => widthOf(count, 5))).toEqual([1.5, 1.5, 3.5, 5.5, 8]);
  expect(widthOf(100, 50)).toBe(3);
});

it("of very many kinds of hand-offs the heaviest are drawn, in the order they came in", () => {
  const nodes: FlowNode[] = Array.from({ length: 300 }, (_, n) => ({
    ...{ id: `role:${n}`, kind: "role", role: `${n}`, running: 1, waiting: 0, done: 0, failed: 0 },
  }));
  const edges: FlowEdge[] = nodes.map(({ id }, n) => ({
    from: "role:0",
    to: id,
    tasks: 1 + (n % 7),
    running: 0,
    failed: 0,
  }));
  const drawn = drawnOf({ nodes, edges });
  expect([drawn.edges.length, drawn.left, drawn.nodes.length]).toEqual([60, 240, 61]);
  expect(drawn.given.get("role:0")).toBe(edges.reduce((sum, { tasks }) => sum + tasks, 0));
  expect(Math.min(...drawn.edges.map(({ tasks }) => tasks))).toBe(6);
  expect(drawn.edges).toEqual(edges.filter((edge) => drawn.edges.includes(edge)));
  expect(drawnOf({ nodes: nodes.slice(0, 3), edges: [] })).toMatchObject({ nodes: nodes.slice(0, 3), left: 0 });
});

it("of the tasks around one the nearest are drawn: fewer where everything waits for everything", () => {
  const graphOf = (waitsFor: (at: number, other: number) => boolean): TaskGraph => {
    const ids = Array.from({ length: 100 }, (_, at) => `t${at}`);
    const nodes = ids.map((task_id) => ({ task_id, title: task_id, status: null, role: null }));
    const edges = ids.flatMap((to, at) =>
      ids.filter((_, other) => waitsFor(at, other)).map((from) => ({ from, to, kind: "blocks" as const })),
    );
    return { task_id: "t0", nodes, edges, left_out: 7, children: 0, dependents: 0 };
  };
  const star = nearestOf(graphOf((at, other) => other === 0 && at > 0));
  expect([star.nodes.length, star.edges.length, star.left_out]).toEqual([40, 39, 67]);
  const all = nearestOf(graphOf((at, other) => other < at));
  expect([all.nodes.length, all.edges.length, all.left_out]).toEqual([13, 78, 94]);
});
