import { MjError } from "../errors.js";
import { isRejected, type TaskEvent } from "../domain/lifecycle.js";
import { STEERING, type Verb } from "../domain/steering.js";
import { matchesFilter, type TaskFilter } from "../domain/task-filter.js";
import type { TaskRecord } from "../domain/task.js";
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

/** Tasks, newest first. */
export async function listTasks(
  session: Session,
  { limit, ...filter }: TaskFilter & { limit?: number | undefined } = {},
): Promise<TaskRecord[]> {
  return (await new TaskStore(session).all())
    .filter((task) => matchesFilter(task, filter))
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
  const record = await cancelRecord(session, taskId, by, reason);
  return { record, running: await commandEnded(session, record) };
}

/** The second half: if the cancelled task was running, its owner is told, ends the command and confirms. */
export async function commandEnded(
  session: Session,
  { task_id, epoch, owner }: TaskRecord,
): Promise<Cancelled["running"]> {
  if (owner === null) return "no";
  const request = { do: "cancel" as const, task_id, epoch };
  const reply = await ask(session, session.names.agentControl(owner), request, CANCEL_CONFIRM_MS);
  return typeof reply === "object" && reply.stopped ? "stopped" : "unconfirmed";
}

/** @param only what is known of the task: if it has become another by now, that is a conflict */
type Steer = (
  session: Session,
  taskId: string,
  by: string,
  reason: string | null,
  only?: TaskFilter,
) => Promise<TaskRecord>;

/** The first half of `cancelTask`: the record says so, and nobody was told. */
export const cancelRecord: Steer = (...of) => steer("cancel", ...of);
/** A person's retry of a failed or cancelled task: its attempts count from 0 again. */
export const retryTask: Steer = (...of) => steer("retry", ...of);
export const approveTask: Steer = (...of) => steer("approve", ...of);
export const rejectTask: Steer = (...of) => steer("reject", ...of);

async function steer(verb: Verb, ...[session, taskId, by, reason, only]: Parameters<Steer>): Promise<TaskRecord> {
  const event: TaskEvent = { type: STEERING[verb], by, reason };
  const isMeant = only && { only: (task: TaskRecord) => matchesFilter(task, only) };
  const outcome = await new TaskStore(session).apply(taskId, event, isMeant);
  if (isRejected(outcome)) {
    if (outcome.rejected === "missing") throw taskNotFound(taskId);
    throw new MjError("conflict", `${verb} does not apply: ${outcome.message}`, {
      hint: `mjagent why ${taskId} tells where it stands`,
    });
  }
  const { record } = outcome;
  if (verb === "retry" || verb === "approve") await announceMove(session, outcome, STEERING[verb]);
  else {
    const last = record.history.at(-1);
    await announceRecord(session, "cancelled", record, { agent_id: last?.agent_id ?? null, attempt: record.attempts });
  }
  return record;
}

export function taskNotFound(taskId: string): MjError {
  return new MjError("not_found", `there is no task ${taskId}`, {
    hint: "mjagent tasks list shows the ids; what ended longer ago than workspace.retention is removed",
  });
}
