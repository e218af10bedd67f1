import { compareText } from "../../domain/first-of.js";
import type { HistoryEntry } from "../../domain/history.js";
import type { ViewConnection } from "../../domain/change.js";
import type { Change, ListedAgent, LiveMessage, Overview, TaskRow } from "../wire.js";

/** What is known of the fleet, by the messages so far. */
export interface Live {
  /** Number of the last change in it; null before the first snapshot, and while a new one is awaited. */
  seq: number | null;
  overview: Overview | null;
  agents: ReadonlyMap<string, ListedAgent>;
  /** Newest first, bounded. */
  events: readonly HistoryEntry[];
  /** The coordinator's own, to NATS. */
  connection: ViewConnection | null;
}

export const nothingYet: Live = { seq: null, overview: null, agents: new Map(), events: [], connection: null };

/** A list of tasks changes one by one, or is to be read anew. */
export type TaskChange = Extract<Change, { type: "task" | "task_removed" }>;

export interface Step {
  live: Live;
  tasks: TaskChange[];
  /** True when everything else that was read may be out of date. */
  anew: boolean;
}

const EVENTS_KEPT = 200;

/**
 * Takes a message of the live channel.
 * @returns "gap" when changes are missing between this and the last: only a new snapshot helps
 */
export function take(live: Live, message: LiveMessage): Step | "gap" {
  switch (message.type) {
    case "snapshot": {
      const { seq, overview, connection } = message;
      const agents = new Map(message.agents.map((agent) => [agent.agent_id, agent]));
      const events = [...message.events].sort(newestFirst).slice(0, EVENTS_KEPT);
      return { live: { seq, overview, agents, events, connection }, tasks: [], anew: true };
    }
    case "resync":
      return { live: { ...live, seq: null }, tasks: [], anew: false };
    case "changes":
      // Between a resync and its snapshot.
      if (live.seq === null) return { live, tasks: [], anew: false };
      if (message.to <= live.seq) return { live, tasks: [], anew: false };
      if (message.from > live.seq + 1) return "gap";
      return apply(live, message.to, message.changes);
  }
}

function apply(before: Live, seq: number, changes: readonly Change[]): Step {
  const live = { ...before, seq };
  const tasks: TaskChange[] = [];
  const agents = new Map(before.agents);
  let agentsChanged = false;
  const events: HistoryEntry[] = [];
  for (const change of changes) {
    switch (change.type) {
      case "task":
      case "task_removed":
        tasks.push(change);
        break;
      case "agent":
        agents.set(change.agent.agent_id, change.agent);
        agentsChanged = true;
        break;
      case "agent_removed":
        agents.delete(change.agent_id);
        agentsChanged = true;
        break;
      case "event":
        events.push(change.event);
        break;
      case "overview":
        live.overview = change.overview;
        break;
      case "connection":
        live.connection = { connected: change.connected, since: change.since };
    }
  }
  if (agentsChanged) live.agents = agents;
  if (events.length > 0) live.events = [...events.reverse(), ...live.events].slice(0, EVENTS_KEPT);
  return { live, tasks, anew: false };
}

const newestFirst = (a: HistoryEntry, b: HistoryEntry): number => compareText(b.time, a.time);

/** Puts changes of single tasks into a list that was read; the same list when none of them is in it. */
export function patched(rows: readonly TaskRow[], changes: readonly TaskChange[]): readonly TaskRow[] {
  const newest = new Map<string, TaskRow>();
  for (const change of changes) if (change.type === "task") newest.set(change.task.task_id, change.task);
  const next = rows.map((row) => {
    const task = newest.get(row.task_id);
    return task && task.revision >= row.revision ? task : row;
  });
  return next.some((row, at) => row !== rows[at]) ? next : rows;
}
