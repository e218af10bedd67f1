import { z } from "zod";
import type { Status, TaskRecord, TaskResult } from "./task.js";

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
  /** The provider account it works with, as far as that can be told: no name of a person, and no secret. */
  account: z.string().nullish(),
  /** It claims nothing more, finishes what runs, and leaves. */
  draining: z.boolean().optional(),
});
export type Beat = z.output<typeof Beat>;

export const statusOf = (running: number, slots: number): AgentStatus =>
  running === 0 ? "idle" : running < slots ? "active" : "busy";

/** The events of a task's life, each with its public channel `mjwork.tasks.<name>`. */
export type TaskEventName = "claimed" | "completed" | "failed" | "released" | "cancelled";

/** Why a task that waited, or had ended, is announced on `available` again: it moved on. */
export const MOVES = ["unblocked", "due", "approved", "retried"] as const;
export type Move = (typeof MOVES)[number];

export const isMove = (type: string): type is Move => (MOVES as readonly string[]).includes(type);

/** Whether a message on `available` tells of a task that moved on: it is no new task. */
export const isMoveMessage = (body: unknown): boolean =>
  typeof body === "object" &&
  body !== null &&
  "reason" in body &&
  isMove(String(body.reason)) &&
  "status" in body &&
  "epoch" in body;

/** What a task channel carries. `reason` says why on failed, released and cancelled, and on available what moved it. */
export interface TaskEventMessage {
  task_id: string;
  agent_id: string | null;
  attempt: number;
  epoch: number;
  title: string;
  type: string | null;
  /** The record's, after the event. */
  status: Status;
  /** The role that has the task, or had it last. */
  role: string | null;
  timestamp: string;
  /** When it is due, while it is scheduled. */
  not_before?: string;
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
  const message = messageOf(record, attempt);
  if (name === "completed") {
    const { result, result_object } = record;
    return { ...message, result, ...(result_object && { result_object }) };
  }
  if (name === "claimed") return message;
  const last = record.history.at(-1);
  // The error of a record that was handed back is that of an earlier attempt.
  const said = name === "released" && last?.outcome === "handed_back" ? last : record.error;
  return { ...message, reason: said?.reason ?? last?.reason ?? null, message: said?.message ?? null };
}

/** The message of a task that moved on: on `mjwork.tasks.available`, also when it waits for something else now. */
export function moveMessage(record: TaskRecord, move: Move): TaskEventMessage {
  const { steered } = record;
  const by = steered?.action === move ? steered : null;
  return {
    ...messageOf(record, { agent_id: null, attempt: record.attempts }),
    reason: move,
    message: by && steeredText(by),
  };
}

/** What a person did to a task, and why. */
export const steeredText = ({ action, by, reason }: NonNullable<TaskRecord["steered"]>): string =>
  `${action} by ${by}${reason ? `: ${reason}` : ""}`;

const messageOf = (record: TaskRecord, attempt: { agent_id: string | null; attempt: number }): TaskEventMessage => ({
  task_id: record.task_id,
  agent_id: attempt.agent_id,
  attempt: attempt.attempt,
  epoch: record.epoch,
  title: record.title,
  type: record.type,
  status: record.status,
  role: record.role,
  timestamp: record.updated_at,
  ...(record.status === "scheduled" && record.not_before !== null && { not_before: record.not_before }),
});

/** Agents coming and going, on `mjwork.coordination`. Lost is what the dispatcher says of one that fell silent. */
export const AGENT_EVENTS = ["agent_online", "agent_offline", "agent_lost"] as const;
export type AgentEventName = (typeof AGENT_EVENTS)[number];

/** What `mjwork.coordination` carries when an agent comes or goes. */
export interface AgentEventMessage {
  type: AgentEventName;
  agent_id: string;
  role: string;
  instance_id: string;
  host: string;
  pid: number;
  timestamp: string;
  message: string;
}

/** What `mjwork.errors` carries. */
export interface ErrorReport {
  reason: "malformed" | "stale_result" | "watch_failed" | "duplicate_task" | "agent_error" | "budget";
  message: string;
  timestamp: string;
  agent_id?: string;
  task_id?: string;
  epoch?: number;
  subject?: string;
  /** Stream sequence of the message that caused it. */
  sequence?: number;
}
