import { type HistoryEntry, historyEntry, mergeHistory, recordedHistory } from "../domain/history.js";
import { FleetReplay, type Replay } from "../domain/replay.js";
import { readEventLog } from "../nats/event-log.js";
import { readBeats } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import { taskNotFound } from "./tasks.js";

export interface HistoryQuery {
  /** Leaves out what happened before. */
  since?: Date;
  /** The newest so many. */
  limit?: number;
}

export interface History {
  /** Oldest first. */
  entries: HistoryEntry[];
  /** How many older ones the limit left out. */
  left_out: number;
}

/** What happened to tasks and agents, as far back as the event log goes. */
export async function history(session: Session, { since, limit }: HistoryQuery = {}): Promise<History> {
  const entries: HistoryEntry[] = [];
  let left_out = 0;
  await readEventLog(session, since ?? null, (event) => {
    entries.push(historyEntry(event));
    // Now and then, not each time: a long log must not be held whole for its last lines.
    if (limit !== undefined && entries.length > 2 * limit + 1_000) {
      left_out += entries.splice(0, entries.length - limit).length;
    }
  });
  return newest(entries, limit, left_out);
}

/**
 * What happened to one task: by the event log, and by its record what the log does not hold any more.
 * @throws MjError not_found: neither knows it
 */
export async function taskHistory(session: Session, taskId: string, query: HistoryQuery = {}): Promise<History> {
  const { since, limit } = query;
  const logged: HistoryEntry[] = [];
  const [stored] = await Promise.all([
    new TaskStore(session).get(taskId),
    readEventLog(session, null, (event) => {
      if ("task_id" in event && event.task_id === taskId) logged.push(historyEntry(event));
    }),
  ]);
  if (!stored && logged.length === 0) throw taskNotFound(taskId);
  const whole = stored ? mergeHistory(recordedHistory(stored.record, logged), logged) : logged;
  const from = since?.toISOString();
  return newest(
    whole.filter(({ time }) => from === undefined || time >= from),
    limit,
  );
}

function newest(entries: HistoryEntry[], limit = entries.length, leftOut = 0): History {
  const more = Math.max(0, entries.length - limit);
  return { entries: entries.slice(more), left_out: leftOut + more };
}

/** What the fleet looked like at a moment, as the event log tells it. */
export async function replayFleet(session: Session, at: Date): Promise<Replay & { workspace: string }> {
  const replay = new FleetReplay(at);
  const log = await readEventLog(session, null, (event) => replay.take(event));
  for (const { beat, time } of await readBeats(session)) replay.beat(beat, time);
  return { workspace: session.workspace.id, ...replay.result(log) };
}
