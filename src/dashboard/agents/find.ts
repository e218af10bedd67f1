import type { HistoryEntry } from "../../domain/history.js";
import type { AgentState } from "../../domain/snapshot.js";
import { standingOf } from "../words.js";

const ORDER = ["lost", "busy", "active", "idle", "offline"];

/** Those whose name, role, host or standing contains every word; what needs somebody first. */
export function findAgents(agents: readonly AgentState[], text: string): AgentState[] {
  const words = text.toLowerCase().split(/\s+/);
  return agents
    .filter((agent) => {
      const told = `${agent.agent_id} ${agent.role} ${agent.host} ${standingOf(agent)}`.toLowerCase();
      return words.every((word) => told.includes(word));
    })
    .sort(
      (a, b) => ORDER.indexOf(standingOf(a)) - ORDER.indexOf(standingOf(b)) || a.agent_id.localeCompare(b.agent_id),
    );
}

/** The last task each agent ended, by the events that are known, newest first. */
export function lastResults(events: readonly HistoryEntry[]): Map<string, HistoryEntry> {
  const last = new Map<string, HistoryEntry>();
  for (const event of events) {
    const isEnd = event.kind === "completed" || event.kind === "failed" || event.kind === "released";
    if (isEnd && event.agent_id !== null && !last.has(event.agent_id)) last.set(event.agent_id, event);
  }
  return last;
}
