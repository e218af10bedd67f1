import { ageText, timeText } from "./duration.js";

/** What `mjagent why` can find: the closed list. docs/why.md says what each means. */
export const WHY_CODES = [
  "blocked",
  "blocker_missing",
  "cycle",
  "unblocking",
  "more_blockers",
  "not_before",
  "backing_off",
  "handed_back",
  "due",
  "awaiting_approval",
  "unrouted",
  "routed",
  "ready",
  "overdue",
  "paused",
  "workspace_full",
  "role_full",
  "rate_limited",
  "files_held",
  "files_line",
  "budget",
  "no_agent",
  "busy",
  "no_dispatcher",
  "running",
  "agent_heard",
  "agent_silent",
  "agent_gone",
  "not_running",
  "last_error",
  "completed",
  "failed",
  "permanent",
  "attempts_used",
  "not_retried",
  "mended",
  "cancelled",
  "still_running",
  "late_result",
] as const;
export type WhyCode = (typeof WHY_CODES)[number];

/** A command that helps, and what it does. Only ids and names that are safe to type are in it. */
export interface NextStep {
  command: string;
  text: string;
}

/** One thing that is known of why a task is where it is. */
export interface Finding {
  code: WhyCode;
  /** A sentence; of the first finding of a task what follows its name. For people, not escaped. */
  text: string;
  role?: string;
  agent_id?: string;
  /** ISO time from which it has been so. */
  since?: string | null;
  /** ISO time at which it ends by itself. */
  until?: string | null;
  next?: readonly NextStep[];
}

/** What is known of one task: the first finding says how it stands, the others what more there is to it. */
export type Findings = readonly [Finding, ...Finding[]];

/** Text of somebody else's making, in a sentence of ours: on one line, and no longer than so many characters. */
export function excerpt(text: string, limit = 200): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= limit ? line : `${line.slice(0, limit).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** How long something has lasted. @param now epoch ms */
export function lasted(since: string | null, now: number): string {
  const ms = now - Date.parse(since ?? "");
  return ms >= 1_000 ? ageText(ms) : "a moment";
}

export const ago = (time: string | null, now: number): string => `${lasted(time, now)} ago`;

/** When something is due: `in 5m (2030-01-01T12:05:00Z)`. */
export function dueText(time: string | null, now: number): string {
  const left = Date.parse(time ?? "") - now;
  return left > 0 ? `in ${ageText(Math.max(left, 1_000))} (${timeText(time ?? "")})` : "now";
}
