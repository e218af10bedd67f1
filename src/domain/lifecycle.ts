import type { BlockerState } from "./blocker-state.js";
import { type LateResultEvent, withLateResult } from "./attempt-state.js";
import type { AgentSession } from "./agent-session.js";
import type { FailureReason } from "./reasons.js";
import {
  type AttemptOutcome,
  type AttemptRecord,
  type Status,
  type TaskRecord,
  type TaskResult,
  type PreparedTask,
} from "./task.js";
import { type Fence, holdsFence } from "./fence.js";
import { newRecord, plus } from "./new-record.js";

/** Everything that can happen to a task. Liveness, randomness and blocker states are inputs, never looked up. */
export type TaskEvent =
  | { type: "published"; task_id: string; task: PreparedTask; blockers: BlockerState[]; source_seq?: number }
  | { type: "unblocked" }
  | { type: "blocker_failed"; blocker_id: string; message: string }
  | { type: "due" }
  | { type: "approved"; by: string; reason: string | null }
  | { type: "rejected"; by: string; reason: string | null }
  | {
      type: "claimed";
      owner: string;
      instance_id: string;
      max_attempts: number;
      /** The role it is claimed for. */
      role?: string;
      /** True when this role does not run a task again whose agent was lost. */
      fail_when_lost?: boolean;
    }
  | { type: "completed"; fence: Fence; result: TaskResult; result_object?: string; handoff: PreparedTask[] }
  | {
      type: "attempt_failed";
      fence: Fence;
      reason: FailureReason;
      message: string;
      retryable: boolean;
      delay_ms: number;
      result: TaskResult | null;
      result_object?: string;
    }
  | { type: "session"; fence: Fence; session: AgentSession }
  | LateResultEvent
  | { type: "owner_lost"; fence: Fence; message: string }
  | { type: "handed_back"; fence: Fence; reason: string; delay_ms: number; /** For people. */ message?: string }
  | { type: "cancelled"; by: string; reason: string | null }
  | { type: "retried"; by: string; reason: string | null };

/** Why an event does not apply: the record stays as it is. */
export interface Rejected {
  rejected: "exists" | "missing" | "wrong_status" | "stale_fence" | "not_due" | "unaffected" | "changed";
  message: string;
}

export const isRejected = (outcome: object): outcome is Rejected => "rejected" in outcome;

/** Statuses each event applies to; `published` applies to no record at all, `late_result` to a past attempt in any. */
const APPLIES: Record<Exclude<TaskEvent["type"], "published" | "late_result">, readonly Status[]> = {
  unblocked: ["blocked"],
  blocker_failed: ["blocked"],
  due: ["scheduled"],
  approved: ["awaiting_approval"],
  rejected: ["awaiting_approval"],
  claimed: ["available"],
  completed: ["in_progress"],
  session: ["in_progress"],
  attempt_failed: ["in_progress"],
  owner_lost: ["in_progress"],
  handed_back: ["in_progress"],
  cancelled: ["blocked", "scheduled", "awaiting_approval", "available", "in_progress"],
  retried: ["failed", "cancelled"],
};

export const statusesFor = (event: keyof typeof APPLIES): readonly Status[] => APPLIES[event];

/** Hand-backs are not counted, so a task may have any number: the history keeps this many entries. */
const HISTORY_LIMIT = 100;

/**
 * THE table: what an event makes of a record. Nothing else changes a status.
 * @param now ISO-8601 UTC; the only clock there is in here.
 * @returns the next record, or a `Rejected` that says why nothing changes. Never throws.
 */
export function transition(record: TaskRecord | null, event: TaskEvent, now: string): TaskRecord | Rejected {
  if (event.type === "published") {
    if (record) return { rejected: "exists", message: `task ${record.task_id} exists already` };
    return publish(event, now);
  }
  if (!record) return { rejected: "missing", message: "there is no such task" };
  if (event.type === "late_result") {
    const noted = withLateResult(record, event, now);
    return typeof noted === "string" ? { rejected: "unaffected", message: noted } : noted;
  }
  if (!APPLIES[event.type].includes(record.status)) {
    return { rejected: "wrong_status", message: `task ${record.task_id} is ${record.status}` };
  }
  if ("fence" in event && !holdsFence(record, event.fence)) {
    return {
      rejected: "stale_fence",
      message: `task ${record.task_id} belongs to ${record.owner ?? "nobody"} (epoch ${record.epoch}) now`,
    };
  }
  const touched = { ...record, updated_at: now };
  if ("by" in event) {
    const { type: action, by, reason } = event;
    touched.steered = { action, by, reason, at: now };
  }
  switch (event.type) {
    case "unblocked":
      return afterBlockers(touched, now);
    case "blocker_failed":
      if (record.on_blocker_failure === "run") {
        return { rejected: "unaffected", message: `task ${record.task_id} runs even when a blocker fails` };
      }
      return end(touched, "failed", now, { reason: "dependency_failed", message: event.message });
    case "due":
      if (isAhead(record.not_before, now)) {
        return { rejected: "not_due", message: `task ${record.task_id} is due at ${record.not_before ?? ""}` };
      }
      return { ...touched, status: "available" };
    case "approved":
      return afterApproval(touched, now);
    case "rejected":
      return end(touched, "cancelled", now, {
        reason: "rejected",
        message: `rejected by ${event.by}${event.reason ? `: ${event.reason}` : ""}`,
      });
    case "claimed":
      return claim(touched, event, now);
    case "session":
      return { ...touched, session: event.session };
    case "completed": {
      const ended = endAttempt(touched, now, "completed", null);
      const { result, result_object = null, handoff } = event;
      return { ...end(ended, "completed", now, null), result, result_object, handoff, session: null };
    }
    case "attempt_failed": {
      const error = { reason: event.reason, message: event.message };
      const { result, result_object = null } = event;
      const ended = { ...endAttempt(touched, now, "failed", event.reason), result, result_object };
      if (!event.retryable || record.attempts >= record.max_attempts) return end(ended, "failed", now, error);
      return { ...release(ended), status: "scheduled", not_before: plus(now, event.delay_ms), error };
    }
    case "owner_lost": {
      const error = { reason: "agent_lost" as const, message: event.message };
      const ended = endAttempt(touched, now, "lost", "agent_lost");
      if (record.fail_when_lost || record.attempts >= record.max_attempts) return end(ended, "failed", now, error);
      return { ...release(ended), status: "available", error };
    }
    case "handed_back": {
      const ended = endAttempt(touched, now, "handed_back", event.reason, event.message);
      const back = { ...release(ended), attempts: record.attempts - 1 };
      if (event.delay_ms <= 0) return { ...back, status: "available" };
      return { ...back, status: "scheduled", not_before: plus(now, event.delay_ms) };
    }
    case "cancelled": {
      const ended = record.status === "in_progress" ? endAttempt(touched, now, "cancelled", "cancelled") : touched;
      const message = `cancelled by ${event.by}${event.reason ? `: ${event.reason}` : ""}`;
      return end(ended, "cancelled", now, { reason: "cancelled", message });
    }
    case "retried":
      return {
        ...release(touched),
        status: "available",
        attempts: 0,
        session: null,
        not_before: null,
        finished_at: null,
        error: null,
        result: null,
        result_object: null,
      };
  }
}

function publish(event: Extract<TaskEvent, { type: "published" }>, now: string): TaskRecord {
  const record = newRecord(event.task_id, event.task, now, event.source_seq ?? null);
  if (event.blockers.includes("failed") && record.on_blocker_failure === "fail") {
    return end(record, "failed", now, { reason: "dependency_failed", message: "a task it waits for has failed" });
  }
  if (event.blockers.includes("open")) return { ...record, status: "blocked" };
  return afterBlockers(record, now);
}

function afterBlockers(record: TaskRecord, now: string): TaskRecord {
  return record.require_approval ? { ...record, status: "awaiting_approval" } : afterApproval(record, now);
}

function afterApproval(record: TaskRecord, now: string): TaskRecord {
  return { ...record, status: isAhead(record.not_before, now) ? "scheduled" : "available" };
}

function claim(record: TaskRecord, event: Extract<TaskEvent, { type: "claimed" }>, now: string): TaskRecord {
  const attempt = record.attempts + 1;
  const epoch = record.epoch + 1;
  const entry: AttemptRecord = {
    attempt,
    agent_id: event.owner,
    instance_id: event.instance_id,
    epoch,
    started_at: now,
    ended_at: null,
    outcome: null,
    reason: null,
  };
  // The first role to claim sets the limit; a later role with a lower one must not make attempts exceed it.
  const decides = !record.max_attempts_fixed && record.epoch === 0;
  return {
    ...record,
    status: "in_progress",
    owner: event.owner,
    instance_id: event.instance_id,
    role: event.role ?? null,
    fail_when_lost: event.fail_when_lost ?? false,
    epoch,
    attempts: attempt,
    max_attempts: decides ? event.max_attempts : record.max_attempts,
    started_at: now,
    not_before: null,
    history: [...record.history, entry].slice(-HISTORY_LIMIT),
  };
}

type End = [outcome: AttemptOutcome, reason: string | null, message?: string | undefined];

function endAttempt(record: TaskRecord, now: string, ...[outcome, reason, message]: End): TaskRecord {
  const end = { ended_at: now, outcome, reason, ...(message !== undefined && { message }) };
  const history = record.history.map((entry) =>
    entry.epoch === record.epoch && entry.ended_at === null ? { ...entry, ...end } : entry,
  );
  return { ...record, history };
}

const end = (
  record: TaskRecord,
  status: "completed" | "failed" | "cancelled",
  now: string,
  error: TaskRecord["error"],
): TaskRecord => ({ ...record, status, finished_at: now, error });

const release = (record: TaskRecord): TaskRecord => ({ ...record, owner: null, instance_id: null });

const isAhead = (time: string | null, now: string): boolean => time !== null && Date.parse(time) > Date.parse(now);
