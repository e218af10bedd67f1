import type { TaskRecord } from "../domain/task.js";
import type { RelatedTask } from "../executors/executor.js";
import { wholeTask } from "../nats/artifacts.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";

const AT_ONCE = 64;
/** What a command is given of other tasks' results, in characters of JSON: a task may wait for thousands of them. */
const RESULTS_LENGTH = 16 * 1024 * 1024;

/**
 * The results of other tasks, as they are now. Ones that are gone are left out; the results of the last ones are null,
 * with a note, when there is no room for them.
 */
export async function relatedTasks(
  session: Session,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<RelatedTask[]> {
  const store = new TaskStore(session);
  const found: RelatedTask[] = [];
  let room = RESULTS_LENGTH;
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => store.get(id)));
    for (const stored of some) {
      if (!stored) continue;
      const task = room > 0 ? await relatedTask(session, stored.record, signal) : leftOut(stored.record);
      room -= JSON.stringify(task.result).length;
      found.push(task);
    }
  }
  return found;
}

async function relatedTask(session: Session, record: TaskRecord, signal: AbortSignal): Promise<RelatedTask> {
  const { task_id, title, status, result_object } = record;
  // Its payload is no concern of those who wait for it.
  const { result } = await wholeTask(session, { ...record, payload_object: null }, signal);
  const isCut = Boolean(result_object) && result === record.result;
  return { task_id, title, status, result, ...(isCut && { note: "its output and its data are not stored any more" }) };
}

function leftOut({ task_id, title, status, result }: TaskRecord): RelatedTask {
  if (result === null) return { task_id, title, status, result };
  return { task_id, title, status, result: null, note: `left out, for its size: mjagent tasks show ${task_id} has it` };
}
