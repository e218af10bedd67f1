import { type EdgeLabel, Graph, type GraphLabel, layout, type NodeLabel } from "@dagrejs/dagre";
import type { Point } from "./line.js";
import { routed, type Size } from "./route.js";

/** What is to be laid out, px. Edges that share both ends differ in their ids. */
export interface Shape {
  nodes: readonly string[];
  edges: readonly { id: string; from: string; to: string }[];
  /** Which way edges lead. */
  direction: "right" | "down";
  /** Of each node. */
  node: Size;
  /** Kept free in the middle of each edge. */
  label: Size;
}

/** Where everything is: the upper left corners of nodes, where an edge passes, the middles of labels. */
export interface Layout extends Size {
  nodes: ReadonlyMap<string, Point>;
  edges: ReadonlyMap<string, { points: readonly Point[]; label: Point }>;
}

const MARGIN = 12;

/** Lays a graph out in layers. The same shape always comes out the same. */
export function layoutOf({ nodes, edges, direction, node, label }: Shape): Layout {
  const isDown = direction === "down";
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>({ multigraph: true });
  const gaps = isDown ? { nodesep: 16, ranksep: 48 } : { nodesep: 20, ranksep: 48 };
  graph.setGraph({ rankdir: isDown ? "TB" : "LR", ...gaps, edgesep: 12, marginx: MARGIN, marginy: MARGIN });
  for (const id of nodes) graph.setNode(keyOf(id), { ...node });
  for (const { id, from, to } of edges) graph.setEdge(keyOf(from), keyOf(to), { ...label, labelpos: "c" }, id);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  // Lines are led to the right; where they go down, everything is turned for that, and back.
  const turn = ({ x, y }: Point): Point => (isDown ? { x: y, y: x } : { x, y });
  const middles = new Map(
    nodes.map((id) => {
      const { x = 0, y = 0 } = graph.node(keyOf(id));
      return [id, turn({ x, y })];
    }),
  );
  const courses = edges.map(({ id, from, to }) => {
    const { points = [], x = 0, y = 0 } = graph.edge(keyOf(from), keyOf(to), id);
    return { ...{ id, from, to }, between: points.slice(1, -1).map(turn), label: turn({ x, y }) };
  });
  const box = isDown ? { width: node.height, height: node.width } : node;
  const lines = routed(courses, middles, box);
  return {
    ...{ width, height },
    nodes: new Map(
      [...middles].map(([id, middle]) => {
        const { x, y } = turn(middle);
        return [id, { x: x - node.width / 2, y: y - node.height / 2 }];
      }),
    ),
    edges: new Map(
      courses.map(({ id, label: at }) => [id, { points: (lines.get(id) ?? []).map(turn), label: turn(at) }]),
    ),
  };
}

/** What is laid out keeps its ids as keys of a plain object: none may be a word that means something there. */
const keyOf = (id: string): string => `n:${id}`;
