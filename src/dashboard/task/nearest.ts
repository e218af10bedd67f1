import type { TaskGraph } from "../wire.js";

/** What one can still look at in a panel. */
const MOST_NODES = 40;
/** To lay more of them out takes seconds when everything waits for everything. */
const MOST_EDGES = 80;

/** As much of a graph as is drawn: the nearest tasks, and all edges between these. */
export function nearestOf({ nodes, edges, left_out }: TaskGraph): Pick<TaskGraph, "nodes" | "edges" | "left_out"> {
  const places = new Map(nodes.map(({ task_id }, at) => [task_id, at]));
  /** How many edges each brings with it: those to who comes before it. */
  const brings = new Array<number>(nodes.length).fill(0);
  const lastOf = ({ from, to }: TaskGraph["edges"][number]): number =>
    Math.max(places.get(from) ?? nodes.length, places.get(to) ?? nodes.length);
  for (const edge of edges) {
    const last = lastOf(edge);
    if (last < nodes.length) brings[last] = (brings[last] ?? 0) + 1;
  }
  let [count, drawn] = [0, 0];
  while (count < Math.min(MOST_NODES, nodes.length) && drawn + (brings[count] ?? 0) <= MOST_EDGES) {
    drawn += brings[count++] ?? 0;
  }
  return {
    nodes: nodes.slice(0, count),
    edges: edges.filter((edge) => lastOf(edge) < count),
    left_out: left_out + nodes.length - count,
  };
}
