import type { AgentState } from "../domain/snapshot.js";
import type { Verb } from "../domain/steering.js";
import type { Priority, Status } from "../domain/task.js";

// The lists of the domain, without its schemas: test/dashboard/words.test.ts holds them equal.

export type Tone = "neutral" | "accent" | "good" | "bad" | "warn" | "faint";

/** The mood of each status; its word and its sign say the same. */
export const STATUS: Record<Status, Tone> = {
  in_progress: "accent",
  available: "neutral",
  scheduled: "neutral",
  blocked: "neutral",
  awaiting_approval: "warn",
  completed: "good",
  failed: "bad",
  cancelled: "faint",
};
/** `in_progress` as the command line writes it. */
export const statusWords = (status: string): string => status.replaceAll("_", " ");
export const STATUS_NAMES = Object.keys(STATUS) as Status[];

const PRIORITY: Record<Priority, true> = { urgent: true, high: true, normal: true, low: true };
export const PRIORITY_NAMES = Object.keys(PRIORITY) as Priority[];

/** What can be done to a task as it stands. */
export const APPLIES: Record<Verb, readonly Status[]> = {
  cancel: ["blocked", "scheduled", "awaiting_approval", "available", "in_progress"],
  retry: ["failed", "cancelled"],
  approve: ["awaiting_approval"],
  reject: ["awaiting_approval"],
};
export const VERBS: Record<Verb, { words: string; done: string; tone: Tone }> = {
  approve: { words: "Approve", done: "approved", tone: "good" },
  reject: { words: "Reject", done: "rejected", tone: "bad" },
  retry: { words: "Retry", done: "retried", tone: "accent" },
  cancel: { words: "Cancel", done: "cancelled", tone: "bad" },
};
export const VERB_NAMES = Object.keys(VERBS) as Verb[];

export type AgentStanding = AgentState["status"] | "lost";
export const standingOf = (agent: AgentState): AgentStanding => (agent.lost ? "lost" : agent.status);
export const AGENT: Record<AgentStanding, Tone> = {
  lost: "bad",
  busy: "accent",
  active: "accent",
  idle: "good",
  offline: "faint",
};
