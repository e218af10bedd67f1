import { z } from "zod";
import { idOfKey, idOfMessage } from "./identity.js";
import { AGENT_EVENTS, type AgentEventName, type Move, MOVES, type TaskEventName } from "./message.js";
import { NewTask, type Status, STATUSES } from "./task.js";

/** A message of the event log, as the stream stored it. */
export interface LoggedMessage {
  /** The subject without the workspace's prefix: `tasks.claimed`. */
  channel: string;
  /** Its place in the stream: the order in which things are told. */
  seq: number;
  /** When the server stored it: the one clock all messages have in common. */
  time: Date;
  /** True when it carries the header of messages that tell of a record. */
  recorded: boolean;
  json: () => unknown;
}

interface Logged {
  seq: number;
  /** The server's store time, ISO-8601 UTC. */
  time: string;
}

/** A new task: with its record, or as another client wrote it (`written`); intake has made a record of that later. */
export interface PublishedEvent extends Logged {
  kind: "published";
  task_id: string;
  title: string;
  type: string | null;
  status: Status | null;
  blocked_by: string[];
  not_before: string | null;
  created_by: string | null;
  written: NewTask | null;
}

/** What happened to a task that was there. */
export interface TaskLogEvent extends Logged {
  kind: TaskEventName | Move;
  task_id: string;
  title: string;
  type: string | null;
  /** Null in the messages of other programs. */
  status: Status | null;
  role: string | null;
  agent_id: string | null;
  attempt: number;
  epoch: number;
  reason: string | null;
  message: string | null;
  not_before: string | null;
  summary: string | null;
}

export interface AgentLogEvent extends Logged {
  kind: AgentEventName;
  agent_id: string;
  role: string;
  instance_id: string;
  host: string;
  pid: number;
  message: string;
}

interface ErrorEvent extends Logged {
  kind: "error";
  reason: string;
  message: string;
  task_id: string | null;
  agent_id: string | null;
  /** Of the message that caused it. */
  sequence: number | null;
}

export type LogEvent = PublishedEvent | TaskLogEvent | AgentLogEvent | ErrorEvent;

// Any client can write to these channels: what a message does not have, or has of another kind, is null.
// (`catch` alone would do, but makes an error first: as dear as all the rest.)
const text = z.string().nullable().default(null).catch(null);
const status = z.enum(STATUSES).nullable().default(null).catch(null);

const Published = z.object({
  task_id: z.string(),
  title: z.string(),
  type: text,
  status,
  blocked_by: z.array(z.string()).catch([]),
  not_before: text,
  created_by: text,
});
const Happened = z.object({
  task_id: z.string(),
  title: z.string().catch(""),
  type: text,
  status,
  role: text,
  agent_id: text,
  attempt: z.number(),
  epoch: z.number(),
  reason: text,
  message: text,
  not_before: text,
  result: z.object({ summary: text }).nullable().default(null).catch(null),
});
const Moved = z.object({ reason: z.enum(MOVES) });
const Attended = z.object({
  type: z.enum(AGENT_EVENTS),
  agent_id: z.string(),
  role: z.string(),
  instance_id: z.string(),
  host: z.string(),
  pid: z.number(),
  message: z.string(),
});
const Reported = z.object({
  reason: z.string(),
  message: z.string(),
  task_id: text,
  agent_id: text,
  sequence: z.number().nullable().catch(null),
});

const TASK_EVENTS: Readonly<Record<string, { kind: TaskEventName; status: Status | null }>> = {
  "tasks.claimed": { kind: "claimed", status: "in_progress" },
  "tasks.completed": { kind: "completed", status: "completed" },
  "tasks.failed": { kind: "failed", status: "failed" },
  "tasks.released": { kind: "released", status: null },
  "tasks.cancelled": { kind: "cancelled", status: "cancelled" },
};

/**
 * Reads a message of the event log. Pure.
 * @param createdMs when the stream was made: part of the ids of tasks that were published without one
 * @returns null for what tells nothing of tasks or agents
 */
export function readEvent(message: LoggedMessage, createdMs: number): LogEvent | null {
  const { channel, seq } = message;
  const at = { seq, time: message.time.toISOString() };
  const known = TASK_EVENTS[channel];
  if (known) return happened(message.json(), known.kind, known.status, at);
  if (channel === "tasks.available") return available(message, createdMs, at);
  if (channel === "coordination") {
    const agent = Attended.safeParse(message.json()).data;
    if (!agent) return null;
    const { type: kind, ...of } = agent;
    return { ...at, kind, ...of };
  }
  if (channel !== "errors") return null;
  const error = Reported.safeParse(message.json()).data;
  return error ? { ...at, kind: "error", ...error } : null;
}

function happened(body: unknown, kind: TaskLogEvent["kind"], after: Status | null, at: Logged): TaskLogEvent | null {
  const event = Happened.safeParse(body).data;
  if (!event) return null;
  const { result, ...of } = event;
  return { ...at, kind, ...of, status: of.status ?? after, summary: result?.summary ?? null };
}

function available(message: LoggedMessage, createdMs: number, at: Logged): LogEvent | null {
  const body = message.json();
  if (!message.recorded) return writtenByOthers(body, createdMs, at);
  const move = Moved.safeParse(body).data?.reason;
  if (move) return happened(body, move, null, at);
  const record = Published.safeParse(body).data;
  return record ? { ...at, kind: "published", ...record, written: null } : null;
}

/** As intake takes it: what that refuses is told on the errors channel. */
function writtenByOthers(body: unknown, createdMs: number, at: Logged): PublishedEvent | null {
  const task = NewTask.safeParse(body).data;
  if (!task) return null;
  const { title, idempotency_key: key } = task;
  return {
    ...at,
    kind: "published",
    task_id: task.task_id ?? (key === undefined ? idOfMessage(createdMs, at.seq) : idOfKey(key)),
    title,
    type: task.type ?? null,
    status: null,
    blocked_by: task.blocked_by ?? [],
    not_before: null,
    created_by: task.created_by ?? "nats",
    written: task,
  };
}
