import type { Priority, Status } from "./task.js";
import type { TaskRow } from "./task-row.js";

/** Which tasks are meant, in which order: those to which all that is given applies. Names are case-insensitive. */
export interface TaskQuery {
  status?: readonly Status[] | undefined;
  /** Whose attempt it is or was last. */
  agent?: readonly string[] | undefined;
  role?: readonly string[] | undefined;
  type?: readonly string[] | undefined;
  /** Has any of these. */
  tag?: readonly string[] | undefined;
  priority?: readonly Priority[] | undefined;
  /** The failures of one cause. */
  fingerprint?: string | undefined;
  /** What its id, title, summary or the message of its error contains; case-insensitive. */
  q?: string | undefined;
  /** ISO time: changed then or later. */
  since?: string | undefined;
  sort?: Sort | undefined;
  order?: Order | undefined;
}

export const SORTS = [
  "created",
  "updated",
  "priority",
  "status",
  "title",
  "type",
  "agent",
  "attempts",
  "duration",
  "cost",
] as const;
export type Sort = (typeof SORTS)[number];
export const ORDERS = ["asc", "desc"] as const;
export type Order = (typeof ORDERS)[number];

type Check = (row: TaskRow) => boolean;

/**
 * Whether a row is meant, as one function: what costs little is asked first.
 * @returns null when `since` is no time
 */
export function rowFilter(query: TaskQuery): Check | null {
  const checks: Check[] = [];
  const among = (wanted: readonly string[] | undefined, valueOf: (row: TaskRow) => string | null): void => {
    if (wanted === undefined) return;
    const names = new Set(wanted.map((name) => name.toLowerCase()));
    // A type is written the same way over and over: each way is looked at once.
    const seen = new Map<string | null, boolean>([[null, false]]);
    checks.push((row) => {
      const value = valueOf(row);
      const known = seen.get(value);
      if (known !== undefined || value === null) return known ?? false;
      const isMeant = names.has(value.toLowerCase());
      seen.set(value, isMeant);
      return isMeant;
    });
  };
  among(query.status, (row) => row.status);
  among(query.priority, (row) => row.priority);
  among(query.type, (row) => row.type);
  among(query.role, (row) => row.role);
  among(query.agent, (row) => row.agent);
  among(query.fingerprint === undefined ? undefined : [query.fingerprint], (row) => row.error?.fingerprint ?? null);
  if (query.since !== undefined) {
    const since = Date.parse(query.since);
    if (Number.isNaN(since)) return null;
    const from = new Date(since).toISOString();
    checks.push((row) => row.updated_at >= from);
  }
  const { tag } = query;
  if (tag !== undefined) {
    const tags = new Set(tag.map((name) => name.toLowerCase()));
    checks.push((row) => row.tags.some((name) => tags.has(name.toLowerCase())));
  }
  if (query.q !== undefined && query.q !== "") checks.push(contains(query.q));
  return (row) => {
    for (const check of checks) if (!check(row)) return false;
    return true;
  };
}

/** As a pattern it is found without making a lower-cased copy of every text. */
function contains(text: string): Check {
  const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "iu");
  return ({ task_id, title, error, summary }) =>
    pattern.test(title) ||
    pattern.test(task_id) ||
    (summary !== null && pattern.test(summary)) ||
    (error !== null && (pattern.test(error.message) || pattern.test(error.reason)));
}
