import { compareText } from "./first-of.js";
import type { Status } from "./task.js";
import type { TaskRow } from "./task-row.js";

/**
 * Who has a task: a role; `unclaimed`: none yet; `outside`: people and programs, who only give; `removed`: a parent that
 * is not kept any more, whose role nobody knows.
 */
type FlowKind = "role" | "unclaimed" | "outside" | "removed";

export interface FlowNode {
  id: string;
  kind: FlowKind;
  /** Null of all but a role. */
  role: string | null;
  /** Now. */
  running: number;
  /** Now: blocked, scheduled, awaiting approval, or available. */
  waiting: number;
  /** Completed since. */
  done: number;
  /** Failed since. */
  failed: number;
}

/** Tasks that were handed on since. */
export interface FlowEdge {
  /** Ids of nodes; equal when a role hands to itself. */
  from: string;
  to: string;
  tasks: number;
  /** Of these, as they stand now. */
  running: number;
  failed: number;
}

/** Who hands work to whom. */
export interface Flow {
  nodes: FlowNode[];
  edges: FlowEdge[];
}

/** Where tasks are read. */
export interface FlowSource {
  rows(): Iterable<TaskRow>;
  row(taskId: string): TaskRow | undefined;
  /** The roles that take a task that can be taken; none of another. */
  rolesOf(taskId: string): readonly string[];
}

/** A node and, by where they lead, its edges. */
interface Gathering {
  node: FlowNode;
  out: Map<Gathering, FlowEdge>;
}

const WAITING: ReadonlySet<Status> = new Set(["available", "blocked", "scheduled", "awaiting_approval"]);

/**
 * Puts together who hands work to whom, in one pass over the tasks. A task that nobody has had is on its way to the one
 * role that takes such; where none does, or several do, nobody knows to whom it goes.
 * @param since ISO-8601 UTC; null: ever
 */
export function flowOf(tasks: FlowSource, since: string | null): Flow {
  const from = since ?? "";
  const roles = new Map<string, Gathering>();
  const [outside, removed, unclaimed] = [gathering("outside"), gathering("removed"), gathering("unclaimed")];
  const roleNode = (role: string): Gathering => {
    let known = roles.get(role);
    if (!known) roles.set(role, (known = gathering("role", role)));
    return known;
  };
  const holderOf = ({ role, status, task_id }: TaskRow): Gathering => {
    if (role !== null) return roleNode(role);
    const [only, ...others] = status === "available" ? tasks.rolesOf(task_id) : [];
    return only === undefined || others.length > 0 ? unclaimed : roleNode(only);
  };
  const giverOf = ({ parent_id }: TaskRow): Gathering => {
    if (parent_id === null) return outside;
    const parent = tasks.row(parent_id);
    return parent === undefined ? removed : holderOf(parent);
  };
  for (const row of tasks.rows()) {
    const { status, created_at, finished_at } = row;
    const isNew = created_at >= from;
    const hasEnded = (status === "completed" || status === "failed") && finished_at !== null && finished_at >= from;
    const isOpen = status === "in_progress" || WAITING.has(status);
    if (!isNew && !hasEnded && !isOpen) continue;
    const holder = holderOf(row);
    const { node } = holder;
    if (status === "in_progress") node.running++;
    else if (isOpen) node.waiting++;
    else if (hasEnded) node[status === "failed" ? "failed" : "done"]++;
    if (!isNew) continue;
    const edge = edgeBetween(giverOf(row), holder);
    edge.tasks++;
    if (status === "in_progress") edge.running++;
    if (status === "failed") edge.failed++;
  }
  return told([outside, removed, ...[...roles.values()].sort((a, b) => compareText(a.node.id, b.node.id)), unclaimed]);
}

const gathering = (kind: FlowKind, role: string | null = null): Gathering => ({
  node: { id: role === null ? kind : `role:${role}`, kind, role, running: 0, waiting: 0, done: 0, failed: 0 },
  out: new Map(),
});

function edgeBetween(from: Gathering, to: Gathering): FlowEdge {
  let edge = from.out.get(to);
  if (!edge) {
    edge = { from: from.node.id, to: to.node.id, tasks: 0, running: 0, failed: 0 };
    from.out.set(to, edge);
  }
  return edge;
}

/** Always in the same order, so that a picture of it stays where it is. */
function told(all: readonly Gathering[]): Flow {
  const edges = all.flatMap(({ out }) => [...out.values()].sort((a, b) => compareText(a.to, b.to)));
  const joined = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const isThere = ({ id, running, waiting, done, failed }: FlowNode): boolean =>
    joined.has(id) || running + waiting + done + failed > 0;
  return { nodes: all.map(({ node }) => node).filter(isThere), edges };
}
