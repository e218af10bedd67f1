import type { ListedAgent } from "../wire.js";
import { standingOf } from "../words.js";

const ORDER = ["lost", "busy", "active", "idle", "offline"];

/** Those whose name, role, host or standing contains every word; what needs somebody first. */
export function findAgents(agents: readonly ListedAgent[], text: string): ListedAgent[] {
  const words = text.toLowerCase().split(/\s+/);
  return agents
    .filter((agent) => {
      const { agent_id, role, host, draining } = agent;
      const told = `${agent_id} ${role} ${host} ${standingOf(agent)} ${draining ? "draining" : ""}`.toLowerCase();
      return words.every((word) => told.includes(word));
    })
    .sort(
      (a, b) => ORDER.indexOf(standingOf(a)) - ORDER.indexOf(standingOf(b)) || a.agent_id.localeCompare(b.agent_id),
    );
}
