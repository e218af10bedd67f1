import { isRejected, type Rejected, type TaskEvent, transition } from "../../src/domain/lifecycle.js";
import type { Beat } from "../../src/domain/message.js";
import type { Match, RoleRegistration } from "../../src/domain/role.js";
import { type Fence } from "../../src/domain/fence.js";
import { noRules, type WorkspaceState } from "../../src/domain/settings.js";
import { type AttemptRecord, emptyResult, NewTask, type Status, type TaskRecord } from "../../src/domain/task.js";

/** A workspace in which nobody has said anything, and nothing runs. */
export const settings = (over: Partial<WorkspaceState> = {}): WorkspaceState => ({
  rules: noRules(),
  pauses: new Map(),
  slots: [],
  quotas: new Map(),
  ...over,
});

export const NOW = "2030-01-01T12:00:00.000Z";
export const later = (ms: number): string => new Date(Date.parse(NOW) + ms).toISOString();

export const FENCE: Fence = { owner: "Debbie", instance_id: "i1", epoch: 3 };

/** A value that cannot be changed, however deep. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

export const attempt = (over: Partial<AttemptRecord> = {}): AttemptRecord => ({
  attempt: 1,
  agent_id: FENCE.owner,
  instance_id: FENCE.instance_id,
  epoch: FENCE.epoch,
  started_at: NOW,
  ended_at: null,
  outcome: null,
  reason: null,
  ...over,
});

/** A fresh task that is `available`. */
export function published(over: Partial<TaskRecord> = {}): TaskRecord {
  const task = NewTask.parse({ title: "Design the about page" });
  const record = transition(null, { type: "published", task_id: "t1", task, blockers: [] }, NOW);
  return { ...accepted(record), ...over };
}

/** A frozen record as it looks in this status, with epoch 3 and one attempt behind it where it can have one. */
export function recordIn(status: Status, over: Partial<TaskRecord> = {}): TaskRecord {
  const shapes: Record<Status, Partial<TaskRecord>> = {
    blocked: { blocked_by: ["b1"] },
    scheduled: { not_before: NOW },
    awaiting_approval: { require_approval: true },
    available: {},
    in_progress: { ...FENCE, attempts: 1, started_at: NOW, history: [attempt()] },
    completed: {
      ...FENCE,
      attempts: 1,
      finished_at: NOW,
      result: emptyResult(),
      history: [attempt({ ended_at: NOW, outcome: "completed" })],
    },
    failed: {
      ...FENCE,
      attempts: 3,
      finished_at: NOW,
      error: { reason: "exit", message: "exit code 1" },
      history: [attempt({ attempt: 3, ended_at: NOW, outcome: "failed", reason: "exit" })],
    },
    cancelled: { finished_at: NOW, error: { reason: "cancelled", message: "cancelled by kim" } },
  };
  return deepFreeze({ ...published(), status, ...shapes[status], ...over });
}

export function accepted(outcome: TaskRecord | Rejected): TaskRecord {
  if (isRejected(outcome)) throw new Error(`rejected: ${outcome.rejected} (${outcome.message})`);
  return outcome;
}

/** Applies an event that must be accepted. */
export const apply = (record: TaskRecord | null, event: TaskEvent, now = NOW): TaskRecord =>
  accepted(transition(record, event, now));

export const claim = (record: TaskRecord, owner = "Debbie", instance_id = "i1", max_attempts = 3): TaskRecord =>
  apply(record, { type: "claimed", owner, instance_id, max_attempts });

export const fenceOf = (record: TaskRecord): Fence => ({
  owner: record.owner ?? "",
  instance_id: record.instance_id ?? "",
  epoch: record.epoch,
});

export function role(name: string, match: Partial<Match>, watch: RoleRegistration["watch"] = []): RoleRegistration {
  const all: Match = { types: [], phases: [], keywords: [], tags: [], files: [], ...match };
  return { name, description: "", match: all, watch, max_running: null };
}

/** The last beat of an agent that is there and has nothing to do. */
export const beat = (over: Partial<Beat> = {}): Beat => ({
  agent_id: "Debbie",
  role: "debbie",
  description: "",
  status: "idle",
  current_task: null,
  current_tasks: [],
  timestamp: NOW,
  instance_id: "i1",
  host: "box",
  pid: 7,
  version: "1",
  started_at: NOW,
  lease_ms: 90_000,
  slots: 1,
  ...over,
});
