import { type Compare, compareText, FirstOf } from "./first-of.js";
import type { FailureReason } from "./reasons.js";
import type { TaskRow } from "./task-row.js";

/** The failures of one cause. */
export interface ErrorGroup {
  fingerprint: string;
  reason: FailureReason;
  /** The newest one's. */
  message: string;
  count: number;
  /** When the newest of these tasks last changed. */
  last_seen: string;
  roles: string[];
  /** The newest of these tasks. */
  examples: string[];
}

const EXAMPLES = 5;

interface Gathering {
  count: number;
  newest: FirstOf<TaskRow>;
  roles: Set<string>;
}

/** Failures of one cause together, the cause that was seen last first: of tasks that failed or are to be tried again. */
export function groupErrors(rows: Iterable<TaskRow>): ErrorGroup[] {
  const groups = new Map<string, Gathering>();
  for (const row of rows) {
    // Of one that was cancelled it says who did so.
    if (row.error === null || row.status === "cancelled") continue;
    let group = groups.get(row.error.fingerprint);
    if (!group) {
      group = { count: 0, newest: new FirstOf<TaskRow>(EXAMPLES, newestFirst), roles: new Set() };
      groups.set(row.error.fingerprint, group);
    }
    group.count++;
    group.newest.offer(row);
    if (row.role !== null) group.roles.add(row.role);
  }
  return [...groups.values()].flatMap(groupOf).sort((a, b) => compareText(b.last_seen, a.last_seen));
}

const newestFirst: Compare<TaskRow> = (a, b) => compareText(b.updated_at, a.updated_at);

function groupOf({ count, newest, roles }: Gathering): ErrorGroup[] {
  const tasks = newest.list();
  const [last] = tasks;
  if (!last?.error) return [];
  const { reason, message, fingerprint } = last.error;
  return [
    {
      ...{ fingerprint, reason, message, count },
      last_seen: last.updated_at,
      roles: [...roles].sort(),
      examples: tasks.map(({ task_id }) => task_id),
    },
  ];
}
