import type { DependencyNode } from "../domain/dependencies.js";
import type { TaskRecord } from "../domain/task.js";
import type { StoredTask } from "./task-store.js";

const AT_ONCE = 64;
/** The search for a cycle ends here: nobody makes one that long by mistake. */
const MAX_SEEN = 20_000;

export type TaskReader = (taskId: string) => Promise<StoredTask | null>;

/**
 * Reads tasks, then the tasks that the blocked ones among them wait for, and so on: so that whoever is about to wait for
 * them learns whether they wait for him already.
 * @param isAhead tasks that are not there yet, and are not asked for
 * @param follows whether to go on to what a task waits, or waited, for; default: if it is blocked
 * @returns everything that was read, null for what does not exist; the tasks that were followed, as a graph
 */
export async function readWaiting(
  read: TaskReader,
  ids: readonly string[],
  isAhead: (taskId: string) => boolean,
  follows: (record: TaskRecord) => boolean = ({ status }) => status === "blocked",
): Promise<{ tasks: Map<string, StoredTask | null>; waiting: DependencyNode[] }> {
  const tasks = new Map<string, StoredTask | null>();
  const waiting: DependencyNode[] = [];
  const due = new Set(ids);
  while (due.size > 0) {
    const some = [...due].slice(0, AT_ONCE);
    const found = await Promise.all(some.map(read));
    for (const [index, id] of some.entries()) {
      const task = found[index] ?? null;
      tasks.set(id, task);
      due.delete(id);
      if (!task || !follows(task.record) || tasks.size + due.size > MAX_SEEN) continue;
      const after = task.record.blocked_by;
      waiting.push({ id, after });
      for (const other of after) if (!tasks.has(other) && !isAhead(other)) due.add(other);
    }
  }
  return { tasks, waiting };
}
