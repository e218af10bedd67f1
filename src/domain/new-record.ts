import { parseDuration } from "./duration.js";
import { DEFAULT_MAX_ATTEMPTS, type TaskRecord, type PreparedTask } from "./task.js";

/** The last moment a Date can hold: a delay that reaches further must not make a transition throw. */
const LAST_MOMENT = 8.64e15;

/** The record of a task nobody has touched yet: available, and everything the publisher left out filled in. */
export function newRecord(task_id: string, task: PreparedTask, now: string, source_seq: number | null): TaskRecord {
  return {
    task_id,
    title: task.title,
    description: task.description ?? null,
    type: task.type ?? null,
    phase: task.phase ?? null,
    tags: task.tags ?? [],
    files: task.files ?? [],
    priority: task.priority ?? "normal",
    blocked_by: [...new Set(task.blocked_by ?? [])],
    on_blocker_failure: task.on_blocker_failure ?? "fail",
    status: "available",
    owner: null,
    instance_id: null,
    role: null,
    epoch: 0,
    attempts: 0,
    max_attempts: task.max_attempts ?? DEFAULT_MAX_ATTEMPTS,
    max_attempts_fixed: task.max_attempts !== undefined,
    fail_when_lost: false,
    timeout_ms: task.timeout ?? null,
    require_approval: task.require_approval ?? false,
    created_at: now,
    created_by: task.created_by ?? null,
    updated_at: now,
    started_at: null,
    finished_at: null,
    not_before: task.not_before === undefined ? null : absoluteTime(task.not_before, now),
    parent_id: task.parent_id ?? null,
    payload: task.payload ?? null,
    payload_object: task.payload_object ?? null,
    payload_excerpt: task.payload_excerpt ?? null,
    result: null,
    result_object: null,
    error: null,
    session: null,
    steered: null,
    handoff: [],
    history: [],
    source_seq,
  };
}

/** `not_before` as an absolute ISO time: a duration counts from now. */
function absoluteTime(value: string, now: string): string {
  const delay = parseDuration(value);
  return delay === undefined ? new Date(value).toISOString() : plus(now, delay);
}

/** An ISO time `ms` after another, as far as a Date reaches. */
export const plus = (now: string, ms: number): string =>
  new Date(Math.min(Date.parse(now) + ms, LAST_MOMENT)).toISOString();
