import type { Beat } from "./message.js";
import { type AgentState, agentStates } from "./snapshot.js";

/** Last beats, by agent id. */
type Beats = ReadonlyMap<string, { beat: Beat; storedAt: Date }>;

/**
 * Agents as one observer sees them, and what of it is new. Silence while the server was away makes nobody lost: beats
 * could not be sent. Times in epoch ms of the server.
 */
export class AgentWatch {
  /** Whether each agent that was told of was lost then. */
  readonly #told = new Map<string, boolean>();
  #backAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly beats: Beats) {}

  /** The server is there again. */
  restart(now: number): void {
    this.#backAt = now;
  }

  /** All that are to be shown, by their names. */
  states(now: number): AgentState[] {
    return this.#statesOf(this.beats.values(), now);
  }

  /** One that was heard of; null when it is not to be shown. */
  heard(agentId: string, now: number): AgentState | null {
    const seen = this.beats.get(agentId);
    const [agent] = seen ? this.#statesOf([seen], now) : [];
    if (!agent) return null;
    this.#told.set(agentId, agent.lost);
    return agent;
  }

  /** What is new without a beat: those that are lost now, or are not any more, and those that are not shown any more. */
  look(now: number): { changed: AgentState[]; removed: string[] } {
    const agents = this.states(now);
    const changed = agents.filter(({ agent_id, lost }) => this.#told.get(agent_id) !== lost);
    const shown = new Set(agents.map(({ agent_id }) => agent_id));
    const removed = [...this.#told.keys()].filter((id) => !shown.has(id));
    for (const { agent_id, lost } of changed) this.#told.set(agent_id, lost);
    for (const id of removed) this.#told.delete(id);
    return { changed, removed };
  }

  #statesOf(beats: Iterable<{ beat: Beat; storedAt: Date }>, now: number): AgentState[] {
    return agentStates(beats, now).map((agent) =>
      agent.lost && now - this.#backAt <= agent.lease_ms ? { ...agent, lost: false } : agent,
    );
  }
}
