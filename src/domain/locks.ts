import { fileLine } from "./file-line.js";
import { route } from "./route.js";
import { type Routing, takersNow } from "./takers.js";
import type { TaskRecord } from "./task.js";

/** A task that waits for files. */
interface Waiting {
  task_id: string;
  title: string;
  files: string[];
  /** One that it waits for: it holds the files, or waits for them, too, and is before it. */
  behind: string;
}

/** A task that has files, or is to have them next, and who waits behind it. */
export interface Lock {
  task_id: string;
  title: string | null;
  files: string[];
  role: string | null;
  /** Who runs it; null while nobody does: it has its turn, and is not claimed yet. */
  agent_id: string | null;
  /** ISO time from which it runs; null while it does not. */
  since: string | null;
  /** In the order in which they have their turn. */
  waiting: Waiting[];
}

export const isInLine = ({ status, files }: TaskRecord): boolean => status === "available" && files.length > 0;

/** Who holds files, and who waits for them. Pure. */
export function locksOf(tasks: readonly TaskRecord[], routing: Routing): Lock[] {
  const { settings } = routing;
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const takers = takersNow(routing);
  const line = fileLine(tasks.filter(isInLine), settings.slots, (task) => route(task, takers).length > 0);
  const locks = new Map<string, Lock>();
  for (const { task_id, files, role, owner: agent_id, epoch } of settings.slots) {
    if (files.length === 0) continue;
    const task = byId.get(task_id);
    const since = task?.epoch === epoch ? task.started_at : null;
    locks.set(task_id, { task_id, title: task?.title ?? null, files, role, agent_id, since, waiting: [] });
  }
  for (const [task_id, behind] of line) {
    const task = byId.get(task_id);
    let head = behind;
    for (let next = line.get(head); next !== undefined && !locks.has(head); next = line.get(head)) head = next;
    const first = byId.get(head);
    let lock = locks.get(head);
    if (!lock && first) {
      const { title, files } = first;
      lock = { task_id: head, title, files, role: null, agent_id: null, since: null, waiting: [] };
      locks.set(head, lock);
    }
    if (task) lock?.waiting.push({ task_id, title: task.title, files: task.files, behind });
  }
  return [...locks.values()];
}
