import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DependencyNode, topologicalOrder } from "../../src/domain/dependencies.js";

/** `a b>a c>a,b`: nodes and what they come after. */
const graph = (text: string): DependencyNode[] =>
  text
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const [id = "", after = ""] = word.split(">");
      return { id, after: after === "" ? [] : after.split(",") };
    });

it.each([
  ["", []],
  ["a", [["a"]]],
  ["a b c", [["a", "b", "c"]]],
  ["b>a a", [["a"], ["b"]]],
  ["c>b b>a a", [["a"], ["b"], ["c"]]],
  ["a b>a c>a d>b,c", [["a"], ["b", "c"], ["d"]]],
  ["a c>a,b b>a", [["a"], ["b"], ["c"]]],
  ["b>a,a a", [["a"], ["b"]]],
  ["b>outside a>b", [["b"], ["a"]]],
  ["__proto__ b>__proto__ constructor>b", [["__proto__"], ["b"], ["constructor"]]],
])("%j → levels %j", (text, levels) => {
  expect(topologicalOrder(graph(text))).toEqual({ levels });
});

it.each([
  ["a>a", ["a", "a"]],
  ["a>b b>a", ["a", "b", "a"]],
  ["a>b b>c c>a", ["a", "b", "c", "a"]],
  ["x y>x a>b b>c c>b", ["b", "c", "b"]],
  ["a>x,b b>a x", ["a", "b", "a"]],
  ["a>outside,b b>a", ["a", "b", "a"]],
])("%j → names the cycle %j", (text, cycle) => {
  expect(topologicalOrder(graph(text))).toEqual({ cycle });
});

describe("any graph", () => {
  const nodes = fc
    .integer({ min: 1, max: 30 })
    .chain((n) => fc.array(fc.array(fc.nat(n + 2), { maxLength: 4 }), { minLength: n, maxLength: n }));
  const named = (edges: number[][]): DependencyNode[] =>
    edges.map((after, i) => ({ id: `n${i}`, after: after.map((other) => `n${other}`) }));

  it("is put in an order that every edge agrees with, or a cycle of its edges is named", () => {
    fc.assert(
      fc.property(nodes, (edges) => {
        const given = named(edges);
        const byId = new Map(given.map((node) => [node.id, node]));
        const order = topologicalOrder(given);
        if ("cycle" in order) {
          expect(order.cycle.length).toBeGreaterThan(1);
          expect(order.cycle.at(-1)).toBe(order.cycle[0]);
          expect(new Set(order.cycle).size).toBe(order.cycle.length - 1);
          for (const [i, id] of order.cycle.slice(0, -1).entries()) {
            expect(byId.get(id)?.after).toContain(order.cycle[i + 1]);
          }
          return;
        }
        const levelOf = new Map(order.levels.flatMap((ids, level) => ids.map((id) => [id, level] as const)));
        expect(levelOf.size).toBe(given.length);
        for (const { id, after } of given) {
          const below = after.flatMap((other) => levelOf.get(other) ?? []);
          // Not only after those it depends on, but as early as that allows.
          expect(levelOf.get(id)).toBe(below.length === 0 ? 0 : Math.max(...below) + 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("without edges back has an order", () => {
    fc.assert(
      fc.property(nodes, (edges) => {
        const forward = edges.map((after, i) => after.filter((other) => other < i));
        expect(topologicalOrder(named(forward))).toHaveProperty("levels");
      }),
    );
  });
});

describe("100,000 nodes", () => {
  const SIZE = 100_000;
  const many = (after: (i: number) => string[]): DependencyNode[] =>
    Array.from({ length: SIZE }, (_, i) => ({ id: `n${i}`, after: after(i) }));
  it.each<[string, DependencyNode[], number]>([
    ["a chain", many((i) => (i === 0 ? [] : [`n${i - 1}`])), SIZE],
    ["a chain, last first", many((i) => (i === SIZE - 1 ? [] : [`n${i + 1}`])), SIZE],
    ["a fan", many((i) => (i === 0 ? [] : ["n0"])), 2],
    ["a fan in", [...many(() => []), { id: "end", after: many(() => []).map(({ id }) => id) }], 2],
    ["all alone", many(() => []), 1],
  ])("%s", (_, given, levels) => {
    const order = topologicalOrder(given);
    expect("levels" in order && order.levels.length).toBe(levels);
  });

  it("one cycle through all of them", () => {
    const order = topologicalOrder(many((i) => [`n${(i + 1) % SIZE}`]));
    expect("cycle" in order && order.cycle.length).toBe(SIZE + 1);
  });
});
