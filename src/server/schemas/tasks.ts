import { z } from "zod";
import type { Artifact } from "../../domain/artifact.js";
import type { HistoryEntry } from "../../domain/history.js";
import { type AttemptRecord, PRIORITIES, STATUSES, type TaskRecord, type TaskResult } from "../../domain/task.js";
import type { TaskRow } from "../../domain/task-row.js";
import type { WholeDiff } from "../../domain/workspace.js";
import type { Why } from "../../domain/why.js";
import type { LogLine } from "../../nats/logs.js";
import type { TaskPage } from "../../domain/task-table.js";
import type { Cancelled } from "../../operations/tasks.js";
import {
  answer,
  anything,
  number,
  optionalNumber,
  optionalText,
  optionalTime,
  outcome,
  texts,
  time,
} from "./answer.js";

const status = z.enum(STATUSES);
const priority = z.enum(PRIORITIES);

const usage = z.object({ input_tokens: optionalNumber, output_tokens: optionalNumber, cost_usd: optionalNumber });

const Result = answer<TaskResult>({
  summary: optionalText,
  output: optionalText,
  exit_code: optionalNumber,
  duration_ms: optionalNumber,
  artifacts: texts,
  usage,
  session_id: optionalText,
  data: anything,
});

const Attempt = answer<AttemptRecord>({
  attempt: number,
  agent_id: z.string(),
  instance_id: z.string(),
  epoch: number,
  started_at: time,
  ended_at: optionalTime,
  outcome,
  reason: optionalText,
});

/** A task as `mjagent tasks show ID --json` prints it. */
const record = {
  task_id: z.string(),
  title: z.string(),
  description: optionalText,
  type: optionalText,
  phase: optionalText,
  tags: texts,
  files: texts,
  priority,
  blocked_by: texts,
  status,
  owner: optionalText,
  instance_id: optionalText,
  role: optionalText,
  epoch: number,
  attempts: number,
  max_attempts: number,
  created_at: time,
  created_by: optionalText,
  updated_at: time,
  started_at: optionalTime,
  finished_at: optionalTime,
  not_before: optionalTime,
  parent_id: optionalText,
  payload: anything,
  result: Result.nullable(),
  error: anything,
  history: z.array(Attempt),
};
export const Task = answer<TaskRecord>(record).meta({ id: "Task" });

/** What is known of a task while NATS is away, or the whole. */
export const KnownTask = z.union([
  Task,
  z.looseObject({ task_id: z.string(), status, partial: z.literal(true) }).meta({
    id: "PartialTask",
    description: "while NATS is not reachable: what a list shows of the task, as last known",
  }),
]);

/** `running`: whether a command was running, and is known to have ended. */
export const CancelledTask = answer<TaskRecord & Pick<Cancelled, "running">>({
  ...record,
  running: z.enum(["no", "stopped", "unconfirmed"]),
}).meta({ id: "CancelledTask" });

const Row = answer<TaskRow>({
  task_id: z.string(),
  title: z.string(),
  status,
  type: optionalText,
  phase: optionalText,
  tags: texts,
  priority,
  owner: optionalText,
  role: optionalText,
  attempts: number,
  max_attempts: number,
  created_at: time,
  updated_at: time,
  started_at: optionalTime,
  finished_at: optionalTime,
  not_before: optionalTime,
  parent_id: optionalText,
  blocked_by: texts,
  created_by: optionalText,
  error: anything,
  summary: optionalText,
  duration_ms: optionalNumber,
  cost_usd: optionalNumber,
  input_tokens: optionalNumber,
  output_tokens: optionalNumber,
  revision: number,
}).meta({ id: "TaskRow" });

export const Tasks = answer<TaskPage>({
  tasks: z.array(Row),
  next_cursor: optionalText.meta({ description: "the cursor of the next page; null: this was the last" }),
  total: number,
}).meta({ id: "TaskPage" });

export const Log = z.array(
  answer<LogLine>({
    attempt: number,
    epoch: number,
    agent_id: z.string(),
    seq: number.meta({ description: "counts the lines of its attempt from 1; a gap is a dropped line" }),
    stream: z.enum(["stdout", "stderr"]),
    text: z.string(),
    time,
  }).meta({ id: "LogLine" }),
);

export const Explanation = answer<Why>({
  task_id: z.string(),
  title: z.string(),
  status,
  held_by: texts,
  next: z.array(z.object({ command: z.string(), text: z.string() })),
}).meta({ id: "Why" });

export const Diff = answer<WholeDiff>({
  task_id: z.string(),
  branch: optionalText,
  base: optionalText,
  commit: optionalText,
  files: texts,
  insertions: z.number(),
  deletions: z.number(),
  diff: z.string().meta({ description: "a patch" }),
}).meta({ id: "Diff" });

export const Event = answer<HistoryEntry>({
  time,
  seq: optionalNumber,
  task_id: optionalText,
  agent_id: optionalText,
  title: optionalText,
  status: status.nullable(),
  attempt: optionalNumber,
  epoch: optionalNumber,
  text: z.string(),
}).meta({ id: "Event" });

export const Artifacts = z.array(
  answer<Artifact>({
    name: z.string(),
    size: number,
    media_type: z.string(),
    attempt: number,
    epoch: number,
    agent_id: z.string(),
    digest: z.string(),
    stored_at: time,
  }).meta({ id: "Artifact" }),
);
