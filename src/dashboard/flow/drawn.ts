import type { Flow, FlowEdge, FlowNode } from "../wire.js";

/** More is no picture any more. */
const MOST = 60;

export interface Drawn extends Flow {
  /** How many kinds of hand-offs there are beside these. */
  left: number;
}

/** The heaviest hand-offs, and what has any of them or has something to do; in the order they came in, which is always the same. */
export function drawnOf({ nodes, edges }: Flow): Drawn {
  const heaviest = new Set([...edges].sort((a, b) => b.tasks - a.tasks).slice(0, MOST));
  const drawn = edges.filter((edge) => heaviest.has(edge));
  const joined = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const alone = nodes.filter(({ id }) => !joined.has(id)).slice(0, Math.max(0, MOST - joined.size));
  const shown = new Set([...joined, ...alone.map(({ id }) => id)]);
  return { nodes: nodes.filter(({ id }) => shown.has(id)), edges: drawn, left: edges.length - drawn.length };
}

export const edgeId = ({ from, to }: FlowEdge): string => `${from} ${to}`;

/** Who has the tasks, in words. */
export function nodeWords({ kind, role }: Pick<FlowNode, "kind" | "role">): string {
  switch (kind) {
    case "role":
      return role ?? "";
    case "outside":
      return "people and programs";
    case "unclaimed":
      return "no role yet";
    case "removed":
      return "removed tasks";
  }
}
