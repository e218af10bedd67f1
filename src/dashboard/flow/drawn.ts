import type { Flow, FlowEdge, FlowNode } from "../wire.js";

/** More is no picture any more. */
const MOST = 60;

export interface Drawn extends Flow {
  /** How many tasks each node gave, also by hand-offs that are not among these. */
  given: ReadonlyMap<string, number>;
  /** How many kinds of hand-offs there are beside these. */
  left: number;
}

/** The heaviest hand-offs, and who has any of them or something to do; in the order they came in, which is always the same. */
export function drawnOf({ nodes, edges }: Flow): Drawn {
  const heaviest = new Set([...edges].sort((a, b) => b.tasks - a.tasks).slice(0, MOST));
  const drawn = edges.filter((edge) => heaviest.has(edge));
  const joined = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const hasAny = ({ running, waiting, done, failed }: FlowNode): boolean => running + waiting + done + failed > 0;
  const apart = nodes.filter((node) => !joined.has(node.id) && hasAny(node));
  const alone = apart.slice(0, Math.max(0, MOST - joined.size));
  const shown = new Set([...joined, ...alone.map(({ id }) => id)]);
  const given = new Map<string, number>();
  for (const { from, tasks } of edges) given.set(from, (given.get(from) ?? 0) + tasks);
  return { nodes: nodes.filter(({ id }) => shown.has(id)), edges: drawn, given, left: edges.length - drawn.length };
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
