import { type LogReader, readLog } from "../nats/logs.js";
import type { Session } from "../nats/session.js";
import { waitForTasks } from "./wait.js";

/** Reads what there is of a task's log now. @param from the batch to begin with; default: the first */
export async function readTaskLog(
  session: Session,
  taskId: string,
  onLine: LogReader["onLine"],
  from?: number,
): Promise<void> {
  const done = new AbortController();
  await new Promise<void>((resolve) => {
    readLog(session, taskId, { onLine, onCaughtUp: resolve, signal: done.signal, ...(from !== undefined && { from }) });
  }).finally(() => done.abort());
}

/**
 * Reads a task's log until the task has ended and its last line was told, or the signal aborts.
 * @throws MjError not_found
 */
export async function followTaskLog(
  session: Session,
  taskId: string,
  reader: Omit<LogReader, "onCaughtUp">,
): Promise<void> {
  const { onLine, signal, from } = reader;
  const ended = new AbortController();
  let last = from === undefined ? 0 : from - 1;
  const take: LogReader["onLine"] = (line, seq) => {
    last = seq;
    onLine(line, seq);
  };
  const reading = AbortSignal.any([ended.signal, signal]);
  readLog(session, taskId, { onLine: take, signal: reading, ...(from !== undefined && { from }) });
  try {
    await waitForTasks(session, [taskId], null, signal);
  } finally {
    ended.abort();
  }
  if (signal.aborted) return;
  // An attempt stores its log before it ends, so now everything is there, though we need not have seen it yet.
  await readTaskLog(session, taskId, onLine, last + 1);
}
