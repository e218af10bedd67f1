import { randomUUID } from "node:crypto";
import { objectName, takePayloadOut } from "../domain/large-values.js";
import { type BlockerState } from "../domain/blocker-state.js";
import { isRejected, type Rejected } from "../domain/lifecycle.js";
import { dropValues, keepValues, limitsOf } from "./artifacts.js";
import { announceRecord, recordedAt } from "./feed.js";
import { isUnanswered, publishEvent, type Session } from "./session.js";
import { type PreparedTask } from "../domain/task.js";
import { type ApplyOptions, type StoredTask, TaskStore } from "./task-store.js";

/**
 * Writes the record of a new task, its payload first where that is too large for a record: whoever sees the record
 * finds the payload. The object has a name of its own, so that another publisher of the same id never loses its one.
 */
export async function createRecord(
  session: Session,
  taskId: string,
  task: PreparedTask,
  of: { blockers: BlockerState[]; source_seq?: number },
  options: ApplyOptions = {},
): Promise<StoredTask | Rejected> {
  const store = new TaskStore(session);
  const name = objectName("payload", taskId, randomUUID());
  const light = takePayloadOut(task, limitsOf(session), name);
  const event = { type: "published" as const, task_id: taskId, task: light.task, ...of };
  if (light.object === null) return await store.apply(taskId, event, options);
  if (await store.get(taskId)) return { rejected: "exists", message: `task ${taskId} exists already` };
  await keepValues(session, [light.object]);
  // A write without an answer may have been ours.
  const applied = ({ payload_object }: { payload_object: string | null }): boolean => payload_object === name;
  const outcome = await store.apply(taskId, event, { ...options, applied });
  if (isRejected(outcome)) await dropValues(session, [name]);
  return outcome;
}

/**
 * Writes the record of a new task, then tells the world on `mjwork.tasks.available`. An id that exists already is
 * left as it is: publishing the same task twice is publishing it once.
 */
export async function publishRecord(
  session: Session,
  taskId: string,
  task: PreparedTask,
  blockers: BlockerState[],
): Promise<{ stored: StoredTask; created: boolean }> {
  const outcome = await createRecord(session, taskId, task, { blockers }, { known: null });
  if (isRejected(outcome)) {
    const stored = await new TaskStore(session).get(taskId);
    if (!stored) throw new Error(outcome.message);
    return { stored, created: false };
  }
  try {
    const options = { headers: recordedAt(outcome.revision), msgID: `${taskId}:published` };
    await publishEvent(session, session.names.available, outcome.record, options);
    if (outcome.record.status === "failed") {
      await announceRecord(session, "failed", outcome.record, { agent_id: null, attempt: 0 });
    }
  } catch (error) {
    // The task is published: whoever is told otherwise would publish it again. Only the history misses it.
    if (!isUnanswered(error)) throw error;
  }
  return { stored: outcome, created: true };
}
