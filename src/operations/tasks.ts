import { MjError } from "../errors.js";
import { isRejected, type TaskEvent } from "../domain/lifecycle.js";
import { isMove, type Move, type TaskEventName } from "../domain/message.js";
import type { Status, TaskRecord } from "../domain/task.js";
import { wholeTask, withLateResults } from "../nats/artifacts.js";
import { ask } from "../nats/control.js";
import { announceMove, announceRecord } from "../nats/feed.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";

/** Longer than the grace a command gets to end by itself. */
const CANCEL_CONFIRM_MS = 15_000;

/** The whole task: also what is too large for its record, and what its attempts reported too late. @throws MjError not_found */
export async function getTask(session: Session, taskId: string): Promise<TaskRecord> {
  return await withLateResults(session, await wholeTask(session, await getRecord(session, taskId)));
}

/** The record of a task, as lists show it: large values by their names. @throws MjError not_found */
export async function getRecord(session: Session, taskId: string): Promise<TaskRecord> {
  const found = await new TaskStore(session).get(taskId);
  if (!found) throw taskNotFound(taskId);
  return found.record;
}

export interface TaskFilter {
  status?: readonly Status[];
  type?: string;
  /** Agent id: whose attempt it is or was last. */
  agent?: string;
  limit?: number;
}

/** Tasks, newest first. */
export async function listTasks(session: Session, filter: TaskFilter = {}): Promise<TaskRecord[]> {
  const same = (a: string | null | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
  const { status, type, agent, limit } = filter;
  return (await new TaskStore(session).all())
    .filter((task) => status === undefined || status.includes(task.status))
    .filter((task) => type === undefined || same(task.type, type))
    .filter((task) => agent === undefined || same(task.owner ?? task.history.at(-1)?.agent_id, agent))
    .sort((a, b) => b.created_at.localeCompare(a.created_at) || a.task_id.localeCompare(b.task_id))
    .slice(0, limit);
}

/** What cancelling came to: `running` tells whether a command was running and is known to have ended. */
export interface Cancelled {
  record: TaskRecord;
  running: "no" | "stopped" | "unconfirmed";
}

/**
 * Cancels an open task. The record comes first, so that it holds even when the owner cannot be reached; a running
 * owner is then told, ends the command and confirms.
 */
export async function cancelTask(
  session: Session,
  taskId: string,
  by: string,
  reason: string | null,
): Promise<Cancelled> {
  const before = await getRecord(session, taskId);
  const record = await act(session, taskId, { type: "cancelled", by, reason }, "cancelled");
  const owner = record.owner;
  if (before.status !== "in_progress" || owner === null) return { record, running: "no" };
  const request = { do: "cancel" as const, task_id: taskId, epoch: record.epoch };
  const reply = await ask(session, session.names.agentControl(owner), request, CANCEL_CONFIRM_MS);
  return { record, running: typeof reply === "object" && reply.stopped ? "stopped" : "unconfirmed" };
}

/** A person's retry of a failed or cancelled task: its attempts count from 0 again. */
export function retryTask(session: Session, taskId: string, by: string, reason: string | null): Promise<TaskRecord> {
  return act(session, taskId, { type: "retried", by, reason }, "retried");
}

export function approveTask(session: Session, taskId: string, by: string, reason: string | null): Promise<TaskRecord> {
  return act(session, taskId, { type: "approved", by, reason }, "approved");
}

export function rejectTask(session: Session, taskId: string, by: string, reason: string | null): Promise<TaskRecord> {
  return act(session, taskId, { type: "rejected", by, reason }, "cancelled");
}

async function act(
  session: Session,
  taskId: string,
  event: TaskEvent,
  announced: TaskEventName | Move,
): Promise<TaskRecord> {
  const outcome = await new TaskStore(session).apply(taskId, event);
  if (isRejected(outcome)) {
    if (outcome.rejected === "missing") throw taskNotFound(taskId);
    throw new MjError("conflict", `${VERB[event.type] ?? event.type} does not apply: ${outcome.message}`, {
      hint: `mjagent tasks show ${taskId} tells where it stands`,
    });
  }
  const { record } = outcome;
  if (isMove(announced)) await announceMove(session, outcome, announced);
  else {
    const last = record.history.at(-1);
    await announceRecord(session, announced, record, { agent_id: last?.agent_id ?? null, attempt: record.attempts });
  }
  return record;
}

const VERB: Partial<Record<TaskEvent["type"], string>> = {
  cancelled: "cancel",
  retried: "retry",
  approved: "approve",
  rejected: "reject",
};

export function taskNotFound(taskId: string): MjError {
  return new MjError("not_found", `there is no task ${taskId}`, { hint: "mjagent tasks list shows the ids" });
}
