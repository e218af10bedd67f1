import type { Status } from "./task.js";
import type { TaskRow } from "./task-row.js";

/** A task in a graph; all but its id null when it is not kept any more. */
export interface GraphNode {
  task_id: string;
  title: string | null;
  status: Status | null;
  role: string | null;
}

/** `handoff`: from a parent to its child; `blocks`: from a blocker to who waits for it. */
export interface GraphEdge {
  from: string;
  to: string;
  kind: "handoff" | "blocks";
}

/** What a task came from, waits for, and led to. */
export interface TaskGraph {
  task_id: string;
  /** The nearest first, the task itself before all. */
  nodes: GraphNode[];
  /** Between these nodes. */
  edges: GraphEdge[];
  /** How many tasks more there are. */
  left_out: number;
  /** How many children the task itself has, and how many wait for it. */
  children: number;
  dependents: number;
}

/** Where tasks are read. */
export interface GraphSource {
  rows(): Iterable<TaskRow>;
  row(taskId: string): TaskRow | undefined;
}

/** More than anybody looks at. */
export const MAX_GRAPH_NODES = 200;

const NONE: readonly string[] = [];

/**
 * Everything that led to a task and everything it led to: upwards parents and blockers, downwards children and
 * dependents, however far. Found by looking at every row, so that there is no index to keep.
 * @returns null when there is no such task
 */
export function taskGraphOf(tasks: GraphSource, taskId: string): TaskGraph | null {
  const rowOf = (id: string): TaskRow | undefined => tasks.row(id);
  if (!rowOf(taskId)) return null;
  const [children, dependents] = followersOf(tasks.rows());
  const up = (id: string): (readonly string[])[] => {
    const row = rowOf(id);
    return row ? [row.parent_id === null ? NONE : [row.parent_id], row.blocked_by] : [];
  };
  const down = (id: string): (readonly string[])[] => [dependents.get(id) ?? NONE, children.get(id) ?? NONE];
  // A set, since data may be wrong: who follows a circle comes by again.
  const found = new Set([taskId]);
  let level: Step[] = inTurn(up(taskId), down(taskId));
  while (level.length > 0) {
    const next: Step[] = [];
    for (const { id, way } of level) {
      if (found.has(id)) continue;
      found.add(id);
      for (const step of way === "up" ? inTurn(up(id), []) : inTurn([], down(id))) next.push(step);
    }
    level = next;
  }
  const nodes = [...found].slice(0, MAX_GRAPH_NODES).map((id) => nodeOf(id, rowOf(id)));
  return {
    task_id: taskId,
    nodes,
    edges: edgesBetween(nodes, rowOf),
    left_out: found.size - nodes.length,
    children: children.get(taskId)?.length ?? 0,
    dependents: dependents.get(taskId)?.length ?? 0,
  };
}

interface Step {
  id: string;
  way: "up" | "down";
}

/** The first of each list, then the second of each: of a thousand children and one blocker, both are shown. */
function inTurn(up: readonly (readonly string[])[], down: readonly (readonly string[])[]): Step[] {
  const steps: Step[] = [];
  const longest = Math.max(0, ...[...up, ...down].map(({ length }) => length));
  for (let at = 0; at < longest; at++) {
    for (const list of up) if (at < list.length) steps.push({ id: list[at] ?? "", way: "up" });
    for (const list of down) if (at < list.length) steps.push({ id: list[at] ?? "", way: "down" });
  }
  return steps;
}

type Followers = ReadonlyMap<string, readonly string[]>;

/** The ids of the children, and of those that wait, by whose they are. */
function followersOf(rows: Iterable<TaskRow>): [children: Followers, dependents: Followers] {
  const [children, dependents] = [new Map<string, string[]>(), new Map<string, string[]>()];
  const add = (to: Map<string, string[]>, of: string, id: string): void => {
    const known = to.get(of);
    if (known) known.push(id);
    else to.set(of, [id]);
  };
  for (const { task_id, parent_id, blocked_by } of rows) {
    if (parent_id !== null) add(children, parent_id, task_id);
    for (const blocker of blocked_by) add(dependents, blocker, task_id);
  }
  return [children, dependents];
}

const nodeOf = (task_id: string, row: TaskRow | undefined): GraphNode => ({
  task_id,
  title: row?.title ?? null,
  status: row?.status ?? null,
  role: row?.role ?? null,
});

function edgesBetween(nodes: readonly GraphNode[], rowOf: (id: string) => TaskRow | undefined): GraphEdge[] {
  const shown = new Set(nodes.map(({ task_id }) => task_id));
  return nodes.flatMap(({ task_id: to }) => {
    const row = rowOf(to);
    if (!row) return [];
    const blockers = [...new Set(row.blocked_by)].filter((id) => shown.has(id));
    return [
      ...(row.parent_id !== null && shown.has(row.parent_id)
        ? [{ from: row.parent_id, to, kind: "handoff" as const }]
        : []),
      ...blockers.map((from) => ({ from, to, kind: "blocks" as const })),
    ];
  });
}
