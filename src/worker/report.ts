import { attemptState, isRejected } from "../domain/lifecycle.js";
import type { TaskEventName } from "../domain/message.js";
import type { TaskRecord } from "../domain/task.js";
import { messageOf, MjError } from "../errors.js";
import { keepLateResult } from "../nats/artifacts.js";
import { announceRecord, reportError } from "../nats/feed.js";
import { isUnanswered, type Session } from "../nats/session.js";
import { type StoredTask, TaskStore } from "../nats/task-store.js";
import type { OutboxEntry } from "./outbox.js";

/** What became of a report: the record took it, or it belongs to an attempt that is not counted any more. */
export type Delivery =
  | {
      accepted: true;
      record: TaskRecord;
      /** Settles when the world was told. The record holds already: nothing but the history waits for it. */
      announced: Promise<void>;
    }
  | { accepted: false; message: string };

const RETRY_MS = 1_000;

/**
 * Brings one report to its record: tries until it is accepted or refused, however long the server is away.
 * A refused one is kept: its output as an artifact of the attempt, the fact on the errors channel.
 * @param signal gives up (rejects); the outbox still holds the entry then
 */
export async function deliverReport(
  session: Session,
  entry: OutboxEntry,
  signal: AbortSignal,
  known?: StoredTask,
): Promise<Delivery> {
  const { task_id, agent_id, attempt } = entry;
  const { fence } = entry.report;
  let report = entry.report;
  const store = new TaskStore(session);
  const applied = (record: TaskRecord): boolean => attemptState(record, fence) === "reported";
  for (;;) {
    try {
      const outcome = await store.apply(task_id, report, { known, applied });
      const current = isRejected(outcome) ? await store.get(task_id) : outcome;
      if (current && (!isRejected(outcome) || applied(current.record))) {
        const announced = announceOutcome(session, current.record, { agent_id, attempt });
        return { accepted: true, record: current.record, announced };
      }
      const message = isRejected(outcome) ? outcome.message : `task ${task_id} is gone`;
      await keepLateResult(session, entry.id, entry);
      await reportError(session, { reason: "stale_result", message, agent_id, task_id, epoch: fence.epoch });
      return { accepted: false, message };
    } catch (error) {
      if (signal.aborted || session.nc.isClosed()) throw error;
      // The server will not have it (too large, as a rule), however often it is asked: say so instead.
      if (!isUnanswered(error) && !(error instanceof MjError) && "result" in report && report.result !== null) {
        const message = `its result could not be stored: ${messageOf(error)}`;
        report = { ...UNSTORABLE, fence, message };
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const UNSTORABLE = {
  type: "attempt_failed",
  reason: "invalid_output",
  retryable: false,
  delay_ms: 0,
  result: null,
} as const;

const EVENT_OF: Partial<Record<TaskRecord["status"], TaskEventName>> = {
  completed: "completed",
  failed: "failed",
  scheduled: "released",
  available: "released",
};

async function announceOutcome(
  session: Session,
  record: TaskRecord,
  by: { agent_id: string; attempt: number },
): Promise<void> {
  const name = EVENT_OF[record.status];
  if (!name) return;
  await announceRecord(session, name, record, by);
}
