import type { AgentSession } from "./agent-session.js";
import { isNestedWithin } from "./json-value.js";
import {
  type AttemptRecord,
  isTaskId,
  NewTask,
  PRIORITIES,
  STATUSES,
  type TaskError,
  type TaskRecord,
  type TaskResult,
} from "./task.js";
import type { Changes } from "./workspace.js";

/** The fields of a record and of what is in it. */
type Fields = TaskRecord & AttemptRecord & TaskError & TaskResult & TaskResult["usage"];
type Steered = NonNullable<TaskRecord["steered"]>;

type Late = NonNullable<AttemptRecord["late"]>;

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === "string";
const isTextOrAbsent = (value: unknown): boolean => isTextOrNull(value ?? null);
const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === "number";
/** Nothing that git would take for an option. */
const isCommit = (value: unknown): boolean => isText(value) && /^[0-9a-f]{40,64}$/.test(value);
const isJson = (value: unknown): boolean => value !== undefined && isNestedWithin(value);

const isMapping = (
  value: unknown,
): value is { [K in keyof (Fields & Steered & Late & AgentSession & Changes)]?: unknown } =>
  typeof value === "object" && value !== null;

/**
 * Whether what was read from the bucket is a record: all that the rules and the views rely on has its type, for anybody
 * can write there. Written out, because every record that is read is looked at, and a schema takes many times as long.
 * A field that a later version adds must be allowed to be absent.
 */
export const isTaskRecord = (value: unknown): value is TaskRecord =>
  isMapping(value) &&
  isText(value.task_id) &&
  isTaskId(value.task_id) &&
  isText(value.title) &&
  (STATUSES as readonly unknown[]).includes(value.status) &&
  (PRIORITIES as readonly unknown[]).includes(value.priority) &&
  (value.on_blocker_failure === "fail" || value.on_blocker_failure === "run") &&
  [value.created_at, value.updated_at].every(isText) &&
  [value.tags, value.files, value.blocked_by].every(isTexts) &&
  [value.description, value.type, value.phase, value.parent_id, value.created_by].every(isTextOrNull) &&
  [value.owner, value.instance_id, value.not_before, value.started_at, value.finished_at].every(isTextOrNull) &&
  [value.epoch, value.attempts, value.max_attempts].every(isCount) &&
  [value.timeout_ms, value.source_seq].every(isNumberOrNull) &&
  [value.payload_object, value.payload_excerpt, value.result_object, value.role].every(isTextOrAbsent) &&
  typeof value.max_attempts_fixed === "boolean" &&
  typeof (value.fail_when_lost ?? false) === "boolean" &&
  typeof value.require_approval === "boolean" &&
  isJson(value.payload) &&
  (value.result === null || isTaskResult(value.result)) &&
  (value.error === null || isError(value.error)) &&
  (value.steered === null || isSteered(value.steered)) &&
  ((value.session ?? null) === null || isSession(value.session)) &&
  Array.isArray(value.history) &&
  value.history.every(isAttempt) &&
  Array.isArray(value.handoff) &&
  value.handoff.every((task) => NewTask.safeParse(task).success);

const isAttempt = (value: unknown): boolean =>
  isMapping(value) &&
  [value.agent_id, value.instance_id, value.started_at].every(isText) &&
  [value.ended_at, value.outcome, value.reason].every(isTextOrNull) &&
  [value.attempt, value.epoch].every(isCount) &&
  isTextOrAbsent(value.message) &&
  (value.late === undefined || isLateResult(value.late));

const isLateResult = (value: unknown): boolean =>
  isMapping(value) && [value.object, value.outcome, value.at].every(isText) && isTextOrNull(value.summary);

/** Whether this is the result of a task, also where it is kept beside the record. */
export const isTaskResult = (value: unknown): value is TaskResult =>
  isMapping(value) &&
  [value.summary, value.output, value.session_id].every(isTextOrNull) &&
  [value.exit_code, value.duration_ms].every(isNumberOrNull) &&
  isCount(value.dropped_lines ?? 0) &&
  isTexts(value.artifacts) &&
  isTexts(value.artifacts_left_out ?? []) &&
  isJson(value.data) &&
  isMapping(value.usage) &&
  [value.usage.input_tokens, value.usage.output_tokens, value.usage.cost_usd].every(isNumberOrNull) &&
  ((value.changes ?? null) === null || areChanges(value.changes));

const areChanges = (value: unknown): boolean =>
  isMapping(value) &&
  [value.branch, value.host, value.repository].every(isText) &&
  [value.base, value.commit].every(isCommit) &&
  [value.files, value.insertions, value.deletions].every(isCount);

const isError = (value: unknown): boolean => isMapping(value) && isText(value.reason) && isText(value.message);

const isSession = (value: unknown): boolean =>
  isMapping(value) && [value.adapter, value.session_id, value.host, value.cwd].every(isText);

const isSteered = (value: unknown): boolean =>
  isMapping(value) && [value.action, value.by, value.at].every(isText) && isTextOrNull(value.reason);
