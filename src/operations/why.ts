import { isInLine } from "../domain/locks.js";
import { explain, type Why } from "../domain/why.js";
import type { TaskRecord } from "../domain/task.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import { readWaiting } from "../nats/waiting.js";
import { currentRouting } from "./snapshot.js";
import { taskNotFound } from "./tasks.js";

/** What a task waits for, or did when it failed with that: there is the cause. */
const isDecidedElsewhere = ({ status, error }: TaskRecord): boolean =>
  status === "blocked" || error?.reason === "dependency_failed";

/**
 * Why a task is where it is, and what can be done about it. Of the tasks, reads those it waits for and no others; all
 * when it is to be claimed and needs files.
 * @throws MjError not_found
 */
export async function whyTask(session: Session, taskId: string): Promise<Why> {
  const store = new TaskStore(session);
  const [{ tasks }, routing] = await Promise.all([
    readWaiting(
      (id) => store.get(id),
      [taskId],
      () => false,
      isDecidedElsewhere,
    ),
    currentRouting(session),
  ]);
  const task = tasks.get(taskId)?.record;
  if (!task) throw taskNotFound(taskId);
  // Only who waits for files stands in a line with others: of all tasks, those are looked for then.
  const line = task.status === "available" && task.files.length > 0 ? (await store.all()).filter(isInLine) : [];
  const read = (id: string) => (tasks.has(id) ? (tasks.get(id)?.record ?? null) : undefined);
  return explain(task, read, { ...routing, line });
}
