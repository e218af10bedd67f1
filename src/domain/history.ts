import { formatDuration } from "./duration.js";
import type { LogEvent, PublishedEvent, TaskLogEvent } from "./event-log.js";
import { steeredText } from "./message.js";
import type { AttemptRecord, Status, TaskRecord } from "./task.js";

/** One thing that happened, as history shows it. */
export interface HistoryEntry {
  /** When the server stored it; when only the record tells it (`seq` null), the time its writer gave. */
  time: string;
  /** Its place in the event log. */
  seq: number | null;
  kind: LogEvent["kind"];
  task_id: string | null;
  agent_id: string | null;
  title: string | null;
  /** The task's status from then on, where it is known. */
  status: Status | null;
  attempt: number | null;
  epoch: number | null;
  /** What there is to say of it, for people: of a plain step the title. */
  text: string;
}

const NOTHING = { task_id: null, agent_id: null, title: null, status: null, attempt: null, epoch: null };

/** An event of the log as a line of history. */
export function historyEntry(event: LogEvent): HistoryEntry {
  const { seq, time } = event;
  switch (event.kind) {
    case "published": {
      const { kind, task_id, title, status } = event;
      return { ...NOTHING, time, seq, kind, task_id, title, status, text: publishedText(event) };
    }
    case "agent_online":
    case "agent_offline":
    case "agent_lost": {
      const { kind, agent_id, message, host, pid } = event;
      return { ...NOTHING, time, seq, kind, agent_id, text: `${message} (${host}, pid ${pid})` };
    }
    case "error": {
      const { kind, task_id, agent_id, message } = event;
      return { ...NOTHING, time, seq, kind, task_id, agent_id, text: message };
    }
    default: {
      const { kind, task_id, agent_id, title, status, attempt, epoch } = event;
      return { time, seq, kind, task_id, agent_id, title, status, attempt, epoch, text: taskText(event) };
    }
  }
}

function publishedText({ title, status, blocked_by, not_before, time }: PublishedEvent): string {
  if (blocked_by.length > 0 && (status === null || status === "blocked")) {
    return `${title} (waits for ${blocked_by.join(", ")})`;
  }
  return `${title}${waitingText(status, not_before, time)}`;
}

function taskText(event: TaskLogEvent): string {
  const { kind, title, status, attempt, reason, message, summary, not_before, time } = event;
  const waits = waitingText(status, not_before, time);
  switch (kind) {
    case "claimed":
      return claimedText(title, attempt);
    case "completed":
      return summary ?? title;
    case "failed":
      return failedText(title, { reason, message });
    case "released":
      return `${message ?? reason ?? title}${waits}`;
    default:
      return `${message ?? title}${waits}`;
  }
}

const claimedText = (title: string, attempt: number): string => (attempt > 1 ? `${title} (attempt ${attempt})` : title);

const failedText = (title: string, error: { reason: string | null; message: string | null } | null): string =>
  `${error?.message ?? title}${error?.reason ? ` (${error.reason})` : ""}`;

const endedText = (kind: "failed" | "cancelled", title: string, error: TaskRecord["error"]): string =>
  kind === "failed" ? failedText(title, error) : (error?.message ?? title);

/** What holds it; nothing when it can be taken. */
function waitingText(status: Status | null, notBefore: string | null, time: string): string {
  if (status === "awaiting_approval") return " (awaits approval)";
  if (status !== "scheduled" || notBefore === null) return "";
  return ` (due in ${formatDuration(Math.max(0, Date.parse(notBefore) - Date.parse(time)))})`;
}

/**
 * What a record tells that the log does not, or not any more: its publication, its attempts, what a person did last,
 * and an end without an attempt. Oldest first.
 * @param logged what the log tells of it
 */
export function recordedHistory(record: TaskRecord, logged: readonly HistoryEntry[]): HistoryEntry[] {
  const { task_id, title, status, steered, error, finished_at, history } = record;
  const of = { ...NOTHING, seq: null, task_id, title };
  const isLogged = (kinds: readonly string[], epoch?: number): boolean =>
    logged.some((entry) => kinds.includes(entry.kind) && (epoch === undefined || entry.epoch === epoch));
  const found: HistoryEntry[] = [];
  if (!isLogged(["published"])) found.push({ ...of, time: record.created_at, kind: "published", text: title });
  history.forEach((attempt, index) => {
    const { agent_id, epoch, ended_at } = attempt;
    const ofAttempt = { ...of, agent_id, attempt: attempt.attempt, epoch };
    if (!isLogged(["claimed"], epoch)) {
      const text = claimedText(title, attempt.attempt);
      found.push({ ...ofAttempt, time: attempt.started_at, kind: "claimed", status: "in_progress", text });
    }
    if (ended_at === null || isLogged(ENDS, epoch)) return;
    const end = endOf(attempt, history[index + 1], record);
    found.push({ ...ofAttempt, time: ended_at, ...end });
  });
  if (steered && (steered.action === "approved" || steered.action === "retried") && !isLogged([steered.action])) {
    found.push({ ...of, time: steered.at, kind: steered.action, text: steeredText(steered) });
  }
  const endedByItself = finished_at !== null && finished_at !== history.at(-1)?.ended_at;
  if (endedByItself && (status === "failed" || status === "cancelled") && !isLogged([status])) {
    found.push({ ...of, time: finished_at, kind: status, status, text: endedText(status, title, error) });
  }
  return found.sort((a, b) => a.time.localeCompare(b.time));
}

const ENDS = ["completed", "failed", "released", "cancelled"];

/** How the end of an attempt was announced: one that failed is tried again, unless it was the last. */
function endOf(
  { attempt, outcome, reason, message }: AttemptRecord,
  next: AttemptRecord | undefined,
  { title, status, result, error }: TaskRecord,
): Pick<HistoryEntry, "kind" | "status" | "text"> {
  if (outcome === "completed") return { kind: outcome, status: outcome, text: result?.summary ?? title };
  // A person's retry counts attempts from 1 again.
  const isLast = next ? next.attempt <= attempt : status === "failed";
  const kind = outcome === "cancelled" ? outcome : outcome !== "handed_back" && isLast ? "failed" : "released";
  // The record keeps the message of the last failure only.
  const text = next === undefined && kind === status ? endedText(kind, title, error) : (message ?? reason ?? title);
  return { kind, status: kind === "released" ? null : kind, text };
}

/** Both in one order: the log's own, and what only the record tells put in by its times. */
export function mergeHistory(recorded: readonly HistoryEntry[], logged: readonly HistoryEntry[]): HistoryEntry[] {
  const left = [...recorded];
  const merged: HistoryEntry[] = [];
  for (const entry of logged) {
    const earlier = left.findIndex(({ time }) => time >= entry.time);
    merged.push(...left.splice(0, earlier === -1 ? left.length : earlier), entry);
  }
  return [...merged, ...left];
}
