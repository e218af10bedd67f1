import { attemptState } from "../domain/attempt-state.js";
import { takeValuesOut } from "../domain/large-reports.js";
import { beginningOf } from "../domain/large-values.js";
import { isRejected } from "../domain/lifecycle.js";
import type { TaskEventName } from "../domain/message.js";
import type { AttemptReport } from "../domain/report.js";
import type { TaskRecord } from "../domain/task.js";
import { messageOf, MjError } from "../errors.js";
import { dropValues, keepLateResult, keepValues, limitsOf } from "../nats/artifacts.js";
import { announceRecord, reportError } from "../nats/feed.js";
import { isUnanswered, type Session } from "../nats/session.js";
import { type StoredTask, TaskStore, Unreadable } from "../nats/task-store.js";
import type { OutboxEntry } from "./outbox.js";

/** What became of a report: the record took it, or it belongs to an attempt that is not counted any more. */
export type Delivery =
  | {
      accepted: true;
      record: TaskRecord;
      /** Settles when the world was told. The record holds already: nothing but the history waits for it. */
      announced: Promise<void>;
    }
  /** `kept`: as an object, noted at its attempt. Of a task that was removed nothing is kept. */
  | { accepted: false; kept: boolean; message: string };

const RETRY_MS = 1_000;

/**
 * Brings one report to its record: tries until it is accepted or refused, however long the server is away. What is too
 * large for the record is stored first: whoever sees the record finds it. A refused report is kept as an object, and
 * noted at its attempt.
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
  const { objects, ...light } = takeValuesOut(entry.report, task_id, limitsOf(session));
  let { report } = light;
  let kept = objects.length === 0;
  const store = new TaskStore(session);
  const applied = (record: TaskRecord): boolean => attemptState(record, fence) === "reported";
  for (;;) {
    try {
      if (!kept) await keepValues(session, objects);
      kept = true;
      const outcome = await store.apply(task_id, report, { known, applied }).catch(overwritten);
      if (outcome instanceof Unreadable) {
        await keepAsLate(session, entry, outcome.message);
        return { accepted: false, kept: true, message: outcome.message };
      }
      const current = isRejected(outcome) ? await store.get(task_id) : outcome;
      if (current && (!isRejected(outcome) || applied(current.record))) {
        const announced = announceOutcome(session, current.record, { agent_id, attempt });
        return { accepted: true, record: current.record, announced };
      }
      const message = current && isRejected(outcome) ? outcome.message : `task ${task_id} is gone: it was removed`;
      if (current) await keepAsLate(session, entry, message);
      await dropValues(
        session,
        objects.map(({ name }) => name),
      );
      return { accepted: false, kept: current !== null, message };
    } catch (error) {
      if (signal.aborted || session.nc.isClosed()) throw error;
      // The server will not have it (too large, as a rule), however often it is asked: say so instead.
      if (!isUnanswered(error) && !(error instanceof MjError) && "result" in report && report.result !== null) {
        const message = `its result could not be stored: ${messageOf(error)}`;
        report = { ...UNSTORABLE, fence, message };
        kept = true;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Keeps a refused report, and says so: at its attempt in the record, and on the errors channel. */
async function keepAsLate(session: Session, entry: OutboxEntry, message: string): Promise<void> {
  const { task_id, agent_id, report } = entry;
  const { fence } = report;
  const object = await keepLateResult(session, { task_id, epoch: fence.epoch }, entry);
  const event = { type: "late_result" as const, fence, report: report.type, summary: summaryOf(report), object };
  const outcome = await new TaskStore(session).apply(task_id, event).catch(overwritten);
  if (!(outcome instanceof Unreadable) && isRejected(outcome) && outcome.rejected === "missing")
    await dropValues(session, [object]);
  await reportError(session, { reason: "stale_result", message, agent_id, task_id, epoch: fence.epoch });
}

const SUMMARY_BYTES = 500;

function summaryOf(report: AttemptReport): string | null {
  const said =
    report.type === "completed"
      ? report.result.summary
      : report.type === "attempt_failed"
        ? report.message
        : report.reason;
  return said && beginningOf(said, SUMMARY_BYTES);
}

/** Something else was written over the record: it takes no report any more. */
function overwritten(error: unknown): Unreadable {
  if (error instanceof Unreadable) return error;
  throw error;
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
