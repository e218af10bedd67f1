import { headers } from "nats";
import { type BlockerState, isRejected } from "../domain/lifecycle.js";
import type { NewTask } from "../domain/task.js";
import { announceRecord, RECORDED_HEADER } from "./feed.js";
import { isUnanswered, publishEvent, type Session } from "./session.js";
import { type StoredTask, TaskStore } from "./task-store.js";

/**
 * Writes the record of a new task, then tells the world on `mjwork.tasks.available`. An id that exists already is
 * left as it is: publishing the same task twice is publishing it once.
 */
export async function publishRecord(
  session: Session,
  taskId: string,
  task: NewTask,
  blockers: BlockerState[],
): Promise<{ stored: StoredTask; created: boolean }> {
  const store = new TaskStore(session);
  const event = { type: "published" as const, task_id: taskId, task, blockers };
  const outcome = await store.apply(taskId, event, { known: null });
  if (isRejected(outcome)) {
    const stored = await store.get(taskId);
    if (!stored) throw new Error(outcome.message);
    return { stored, created: false };
  }
  const meta = headers();
  meta.set(RECORDED_HEADER, String(outcome.revision));
  try {
    const msgID = `${taskId}:published`;
    await publishEvent(session, session.names.available, outcome.record, { headers: meta, msgID });
    if (outcome.record.status === "failed") {
      await announceRecord(session, "failed", outcome.record, { agent_id: null, attempt: 0 });
    }
  } catch (error) {
    // The task is published: whoever is told otherwise would publish it again. Only the history misses it.
    if (!isUnanswered(error)) throw error;
  }
  return { stored: outcome, created: true };
}
