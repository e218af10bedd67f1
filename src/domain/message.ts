import { z } from "zod";
import type { TaskRecord, TaskResult } from "./task.js";

/** idle: nothing runs · active: something runs, slots are free · busy: all slots taken · offline: ended cleanly. */
const AGENT_STATUSES = ["active", "idle", "busy", "offline"] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

/** What `mjwork.heartbeat.<agentId>` carries. `lease_ms`: how long its silence is forgiven. */
export const Beat = z.object({
  agent_id: z.string(),
  role: z.string(),
  description: z.string(),
  status: z.enum(AGENT_STATUSES),
  current_task: z.string().nullable(),
  current_tasks: z.array(z.string()),
  timestamp: z.string(),
  instance_id: z.string(),
  host: z.string(),
  pid: z.number(),
  version: z.string(),
  started_at: z.string(),
  lease_ms: z.number().positive(),
  slots: z.number(),
});
export type Beat = z.output<typeof Beat>;

export const statusOf = (running: number, slots: number): AgentStatus =>
  running === 0 ? "idle" : running < slots ? "active" : "busy";

/** The events of a task's life, each with its public channel `mjwork.tasks.<name>`. */
export type TaskEventName = "claimed" | "completed" | "failed" | "released" | "cancelled";

/** What a task channel carries. `reason` says why on failed, released and cancelled. */
export interface TaskEventMessage {
  task_id: string;
  agent_id: string | null;
  attempt: number;
  epoch: number;
  title: string;
  type: string | null;
  timestamp: string;
  result?: TaskResult | null;
  /** Set when `result` is without its `output` and `data`, being too large for a message: the whole is this object. */
  result_object?: string;
  reason?: string | null;
  message?: string | null;
}

/** The message of an event, from the record as it was when it happened. */
export function taskEventMessage(
  record: TaskRecord,
  name: TaskEventName,
  attempt: { agent_id: string | null; attempt: number },
): TaskEventMessage {
  const message: TaskEventMessage = {
    task_id: record.task_id,
    agent_id: attempt.agent_id,
    attempt: attempt.attempt,
    epoch: record.epoch,
    title: record.title,
    type: record.type,
    timestamp: record.updated_at,
  };
  if (name === "completed") {
    const { result, result_object } = record;
    return { ...message, result, ...(result_object && { result_object }) };
  }
  if (name === "claimed") return message;
  const last = record.history.at(-1);
  // The error of a record that was handed back is that of an earlier attempt.
  const error = name === "released" && last?.outcome === "handed_back" ? null : record.error;
  return { ...message, reason: error?.reason ?? last?.reason ?? null, message: error?.message ?? null };
}

/** What `mjwork.errors` carries. */
export interface ErrorReport {
  reason: "malformed" | "stale_result" | "watch_failed" | "duplicate_task" | "agent_error";
  message: string;
  timestamp: string;
  agent_id?: string;
  task_id?: string;
  epoch?: number;
  subject?: string;
  /** Stream sequence of the message that caused it. */
  sequence?: number;
}
