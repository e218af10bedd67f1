import { idOfMessage, idOfKey } from "../domain/identity.js";
import { tooLarge } from "../domain/large-values.js";
import { topologicalOrder } from "../domain/dependencies.js";
import { type BlockerState, blockerState } from "../domain/blocker-state.js";
import { isRejected, type Rejected } from "../domain/lifecycle.js";
import { isMoveMessage } from "../domain/message.js";
import { isTaskRecord } from "../domain/stored-record.js";
import { NewTask } from "../domain/task.js";
import { limitsOf } from "../nats/artifacts.js";
import { announceRecord, consumeEvents, type IncomingMessage, RECORDED_HEADER, reportError } from "../nats/feed.js";
import { decodeJson } from "../nats/json.js";
import { createRecord } from "../nats/publish.js";
import type { Session } from "../nats/session.js";
import { type StoredTask, TaskStore, Unreadable } from "../nats/task-store.js";
import { readWaiting, type TaskReader } from "../nats/waiting.js";

const AT_ONCE = 64;
/** What a leader that stepped down had fetched waits this long for the next one. */
const ACK_WAIT_MS = 10_000;

/**
 * Turns what other NATS clients publish on `mjwork.tasks.available` into records. What is not a task is reported and
 * never stops anything. Runs until the signal aborts.
 */
export async function runIntake(session: Session, signal: AbortSignal): Promise<void> {
  const { names, jsm } = session;
  const created = Date.parse((await jsm.streams.info(names.work.stream)).created);
  const consumer = {
    name: names.intakeConsumer,
    subject: names.available,
    start: "all" as const,
    ackWaitMs: ACK_WAIT_MS,
  };
  await consumeEvents(session, consumer, AT_ONCE, signal, (message) => takeIn(session, message, created));
}

async function takeIn(session: Session, message: IncomingMessage, streamCreatedMs: number): Promise<void> {
  const sequence = message.seq;
  const subject = message.subject;
  const body = decodeJson(message.data);
  // Published by mjagent itself: the record was written first. The mark alone proves nothing: anybody can set a header.
  if (message.headers?.has(RECORDED_HEADER) === true && (isTaskRecord(body) || isMoveMessage(body))) return;
  if (body === undefined) {
    return reportError(session, { reason: "malformed", message: "the message is not JSON", subject, sequence });
  }
  const parsed = NewTask.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
    const text = `the message is not a task: ${where}${issue?.message ?? "unknown"}`;
    return reportError(session, { reason: "malformed", message: text, subject, sequence });
  }
  const task = parsed.data;
  const key = task.idempotency_key;
  const task_id = task.task_id ?? (key === undefined ? idOfMessage(streamCreatedMs, sequence) : idOfKey(key));
  const why = tooLarge(task, limitsOf(session));
  if (why !== null) {
    const text = `the task is too large: ${why}`;
    return reportError(session, { reason: "malformed", message: text, task_id, subject, sequence });
  }
  const blocked_by = task.blocked_by ?? [];
  const isAhead = (id: string): boolean => id === task_id;
  const { tasks, waiting } = await readWaiting(
    readable(session),
    blocked_by.filter((id) => !isAhead(id)),
    isAhead,
  );
  const order = topologicalOrder([{ id: task_id, after: blocked_by }, ...waiting]);
  // Unless the task is there already, and is one of those that wait: this message changes nothing then.
  if ("cycle" in order && !(await readable(session)(task_id))) {
    const text = `these tasks would wait for one another: ${order.cycle.join(" → ")}`;
    return reportError(session, { reason: "malformed", message: text, task_id, subject, sequence });
  }
  const blockers = blocked_by.map((id) => stateOf(tasks.get(id)));
  const named = { ...task, created_by: task.created_by ?? "nats" };
  let outcome: StoredTask | Rejected;
  try {
    outcome = await createRecord(session, task_id, named, { blockers, source_seq: sequence });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const text = `${error.message}: this message was not taken in; ${error.hint ?? ""}, and publish it again`;
    return reportError(session, { reason: "duplicate_task", message: text, task_id, subject, sequence });
  }
  if (!isRejected(outcome)) {
    if (outcome.record.status !== "failed") return;
    return announceRecord(session, "failed", outcome.record, { agent_id: null, attempt: 0 });
  }
  if (key !== undefined) return;
  const existing = await new TaskStore(session).get(task_id);
  // The same message, delivered again after a crash: done already.
  if (existing?.record.source_seq === sequence) return;
  const text = `task ${task_id} exists already; this message was not taken in`;
  return reportError(session, { reason: "duplicate_task", message: text, task_id, subject, sequence });
}

/** How a blocker stands. One that does not exist yet, or whose record is not readable, counts as open: it may come. */
const stateOf = (found: StoredTask | null | undefined): BlockerState =>
  found ? blockerState(found.record.status) : "open";

function readable(session: Session): TaskReader {
  const store = new TaskStore(session);
  return (id) =>
    store.get(id).catch((error: unknown) => {
      if (error instanceof Unreadable) return null;
      throw error;
    });
}
