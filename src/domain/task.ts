import { z } from "zod";
import { parseDuration } from "./duration.js";
import type { AgentSession } from "./agent-session.js";
import { type Json, ParsedJson } from "./json-value.js";
import type { FailureReason } from "./reasons.js";
import type { Changes } from "./workspace.js";

/** Best first; the position is the lane number of the queue. */
export const PRIORITIES = ["urgent", "high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

export const STATUSES = [
  "blocked",
  "scheduled",
  "awaiting_approval",
  "available",
  "in_progress",
  "completed",
  "failed",
  "cancelled",
] as const;
export type Status = (typeof STATUSES)[number];

export const TERMINAL = ["completed", "failed", "cancelled"] as const satisfies readonly Status[];
const terminal: ReadonlySet<Status> = new Set(TERMINAL);
export const isTerminal = (status: Status): status is (typeof TERMINAL)[number] => terminal.has(status);

export const DEFAULT_MAX_ATTEMPTS = 3;
export const MAX_TITLE_LENGTH = 1_000;

const text = (max: number) => z.string().max(max);
const list = z.array(z.string().min(1).max(1_000)).max(10_000);

/** All that a task's `files` may have together, in characters: those of all running tasks are one message. */
const MAX_FILES_LENGTH = 16_384;
const FILES_RULE = `at most 1,000 files, of ${MAX_FILES_LENGTH.toLocaleString("en")} characters together: name their folders, or a glob that fits them`;
const Files = z
  .array(z.string().min(1).max(1_000))
  .max(1_000, { error: FILES_RULE })
  .refine((files) => files.reduce((sum, file) => sum + file.length, 0) <= MAX_FILES_LENGTH, { error: FILES_RULE });

const TASK_ID_RULE = "a task id is 1 to 128 letters, digits, _ or -";

export const isTaskId = (text: string): boolean => /^[A-Za-z0-9_-]{1,128}$/.test(text);

/** A task id: 1 to 128 of `A-Z a-z 0-9 _ -`. A number is read as its digits. */
export const TaskId = z
  .union([z.string(), z.int().nonnegative()], { error: TASK_ID_RULE })
  .transform(String)
  .refine(isTaskId, { error: TASK_ID_RULE });

const PriorityName = z.preprocess(
  (value) => (typeof value === "string" ? (value.toLowerCase() === "medium" ? "normal" : value.toLowerCase()) : value),
  z.enum(PRIORITIES),
);

const DURATION_RULE = "expected a duration such as 30m, or milliseconds";

const milliseconds = z
  .union([z.int().positive(), z.string()], { error: DURATION_RULE })
  .transform((value) => (typeof value === "number" ? value : (parseDuration(value) ?? Number.NaN)))
  .refine((ms) => ms > 0 && Number.isSafeInteger(ms), { error: DURATION_RULE });

/** Absent, or null as some clients write it. */
const optional = <T extends z.ZodType>(schema: T) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();

/** `Date.parse` alone takes "5" and "soon 5" for a day in 2001: a start that is long past. */
export const isIsoTime = (value: string): boolean =>
  /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(value) &&
  !Number.isNaN(Date.parse(value));

const Payload = ParsedJson.pipe(z.json());

/**
 * A task as a publisher writes it: the JSON of `mjwork.tasks.available`, an entry of a `--from` file, a hand-off.
 * Only `title` is required. `not_before` is an ISO time or a duration from now; `timeout` a duration or milliseconds.
 */
export const NewTaskFields = {
  task_id: optional(TaskId),
  title: z.string().trim().min(1, { error: "a task needs a title" }).max(MAX_TITLE_LENGTH),
  description: optional(text(1_000_000)),
  type: optional(text(200)),
  phase: optional(text(200)),
  tags: optional(list),
  files: optional(Files),
  priority: optional(PriorityName),
  blocked_by: optional(z.array(TaskId).max(20_000)),
  on_blocker_failure: optional(
    z.enum(["fail", "run"], { error: "expected fail (this task fails, too) or run (it runs all the same)" }),
  ),
  not_before: optional(
    z.string().refine((value) => parseDuration(value) !== undefined || isIsoTime(value), {
      error: "expected an ISO time such as 2030-01-31T09:00:00Z, or a duration such as 10m",
    }),
  ),
  timeout: optional(milliseconds),
  max_attempts: optional(z.int().min(1).max(1_000)),
  payload: Payload.optional(),
  parent_id: optional(TaskId),
  idempotency_key: optional(z.string().min(1).max(1_000)),
  require_approval: optional(z.boolean()),
  created_by: optional(text(200)),
};
/** For programs: unknown keys are ignored. */
export const NewTask = z.object(NewTaskFields);
/** For files written by people: an unknown key is an error. */
export const StrictNewTask = z.strictObject(NewTaskFields);
export type NewTask = z.output<typeof NewTask>;
export type NewTaskInput = z.input<typeof NewTask>;
/** A task as a record is made of it: of a payload that became an object, it has that object's name and the beginning. */
export type PreparedTask = NewTask & { payload_object?: string; payload_excerpt?: string };

/** What came out of a completed attempt; parts nobody reported are null. */
export interface TaskResult {
  summary: string | null;
  output: string | null;
  exit_code: number | null;
  duration_ms: number | null;
  artifacts: string[];
  /** Files that were handed in and could not be kept, and why; absent when there are none. */
  artifacts_left_out?: string[];
  usage: { input_tokens: number | null; output_tokens: number | null; cost_usd: number | null };
  session_id: string | null;
  data: Json;
  /** Lines of its output that are not in its log: more than the limits allow, or not stored. Absent in old records. */
  dropped_lines: number;
  /** Null where no branch was made, and when nothing was changed. */
  changes: Changes | null;
}

export const emptyResult = (): TaskResult => ({
  summary: null,
  output: null,
  exit_code: null,
  duration_ms: null,
  artifacts: [],
  usage: { input_tokens: null, output_tokens: null, cost_usd: null },
  session_id: null,
  data: null,
  dropped_lines: 0,
  changes: null,
});

export interface TaskError {
  reason: FailureReason;
  message: string;
}

/** How an attempt ended, as its history keeps it. */
export const ATTEMPT_OUTCOMES = ["completed", "failed", "lost", "handed_back", "cancelled"] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** The report of an attempt that came when the task was not its any more. */
export interface LateResult {
  outcome: AttemptOutcome;
  /** Its result's summary, or why it failed or was handed back. */
  summary: string | null;
  at: string;
  /** Holds the report. */
  object: string;
  /** What it reported, where the whole task is shown; never in the record. */
  result?: TaskResult | null;
}

export interface AttemptRecord {
  attempt: number;
  agent_id: string;
  instance_id: string;
  epoch: number;
  started_at: string;
  ended_at: string | null;
  outcome: AttemptOutcome | null;
  reason: string | null;
  /** Why it was handed back, in the words of whoever did; absent when the reason says it all. */
  message?: string;
  /** What it reported after it had been ended by somebody else: kept, and not counted. */
  late?: LateResult;
}

/** One key of the tasks bucket: the truth about one task. Times are ISO-8601 UTC. */
export interface TaskRecord {
  task_id: string;
  title: string;
  description: string | null;
  type: string | null;
  phase: string | null;
  tags: string[];
  files: string[];
  priority: Priority;
  blocked_by: string[];
  on_blocker_failure: "fail" | "run";
  status: Status;
  owner: string | null;
  instance_id: string | null;
  /** The role that has it, or had it last. */
  role: string | null;
  epoch: number;
  attempts: number;
  max_attempts: number;
  /** True when the publisher set `max_attempts`; otherwise the first role that claims the task does. */
  max_attempts_fixed: boolean;
  /** True when the role that claimed it last does not want it run again after its agent was lost. */
  fail_when_lost: boolean;
  timeout_ms: number | null;
  require_approval: boolean;
  created_at: string;
  created_by: string | null;
  updated_at: string;
  started_at: string | null;
  finished_at: string | null;
  not_before: string | null;
  parent_id: string | null;
  /** Null also when it is too large for the record: then it is the object of that name, and the record has its beginning. */
  payload: Json;
  payload_object: string | null;
  payload_excerpt: string | null;
  /** Without `output` and `data` when it is too large for the record: the whole is the object of that name. */
  result: TaskResult | null;
  result_object: string | null;
  error: TaskError | null;
  /** The agent's conversation that another attempt can go on with. */
  session: AgentSession | null;
  /** What a person last did to it, and why. */
  steered: {
    action: "approved" | "rejected" | "cancelled" | "retried";
    by: string;
    reason: string | null;
    at: string;
  } | null;
  /** Tasks to publish because this one completed; each with its derived id. */
  handoff: PreparedTask[];
  history: AttemptRecord[];
  /** Stream sequence of the message this record was made from, when another client published it. */
  source_seq: number | null;
}

/** The agent whose attempt it is, or was last. */
export const agentOf = (task: TaskRecord): string | null => task.owner ?? task.history.at(-1)?.agent_id ?? null;
