import { isTerminal, type TaskRecord } from "../domain/task.js";
import { wholeTask } from "../nats/artifacts.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import { getRecord } from "./tasks.js";

/** Longer timers fire at once (setTimeout holds a signed 32-bit number). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How the waiting ended: every task, whole, with the state it was in then. */
export interface Waited {
  records: TaskRecord[];
  /** False when time ran out, or the signal aborted, before all had ended. */
  ended: boolean;
}

/** Each record one follows has a consumer on the server: for more than this, following all records is cheaper. */
const FOLLOWED_ONE_BY_ONE = 16;

/**
 * Waits until every task has ended. `onTask` is told each record as it is, then what it has become.
 * @throws MjError not_found for an id that does not exist, or that is removed before it was seen to end
 */
export async function waitForTasks(
  session: Session,
  ids: readonly string[],
  timeoutMs: number | null,
  signal: AbortSignal,
  onTask: (record: TaskRecord) => void = () => undefined,
): Promise<Waited> {
  const records = new Map<string, TaskRecord>();
  for (const record of await Promise.all(ids.map((id) => getRecord(session, id)))) {
    records.set(record.task_id, record);
    onTask(record);
  }
  const store = new TaskStore(session);
  const done = new AbortController();
  const allEnded = (): boolean => [...records.values()].every((record) => isTerminal(record.status));
  try {
    await new Promise<void>((resolve, reject) => {
      if (timeoutMs !== null) setTimeout(resolve, Math.min(timeoutMs, MAX_TIMER_MS)).unref();
      signal.addEventListener("abort", () => resolve(), { once: true, signal: done.signal });
      const take = (record: TaskRecord): void => {
        if (!records.has(record.task_id)) return;
        records.set(record.task_id, record);
        onTask(record);
        if (allEnded()) resolve();
      };
      const onRemoved = (id: string): void => {
        const last = records.get(id);
        if (last && !isTerminal(last.status)) getRecord(session, id).then(take, reject);
      };
      const watcher = { signal: done.signal, onTask: take, onRemoved };
      if (records.size > FOLLOWED_ONE_BY_ONE) store.watch(watcher);
      else for (const id of records.keys()) store.watchOne(id, watcher);
      if (allEnded() || signal.aborted) resolve();
    });
  } finally {
    done.abort();
  }
  const whole: TaskRecord[] = [];
  for (const id of ids) {
    const record = records.get(id);
    if (record) whole.push(await wholeTask(session, record));
  }
  return { records: whole, ended: allEnded() };
}
