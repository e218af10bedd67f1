import { type LastAttempt, LastAttempts } from "./last-attempts.js";
import type { Beat } from "./message.js";
import { type AgentState, agentStates } from "./snapshot.js";
import type { TaskRecord } from "./task.js";

/** Last beats, by agent id. */
type Beats = ReadonlyMap<string, { beat: Beat; storedAt: Date }>;

/** An agent as a list shows it. */
export interface ListedAgent extends AgentState {
  /** What it ended last, of the tasks there are. */
  last: LastAttempt | null;
}

/**
 * Agents as one observer sees them, and what of it is new. Silence while the server was away makes nobody lost: beats
 * could not be sent. Times in epoch ms of the server.
 */
export class AgentWatch {
  /** Whether each agent that was told of was lost then. */
  readonly #told = new Map<string, boolean>();
  readonly #lasts = new LastAttempts();
  /** Of whom another attempt is the last one since they were told of. */
  readonly #ended = new Set<string>();
  #backAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly beats: Beats) {}

  /** The server is there again. */
  restart(now: number): void {
    this.#backAt = now;
  }

  /** All that are to be shown, by their names. */
  states(now: number): ListedAgent[] {
    return this.#statesOf(this.beats.values(), now);
  }

  /** One that was heard of; null when it is not to be shown. */
  heard(agentId: string, now: number): ListedAgent | null {
    this.#ended.delete(agentId);
    const seen = this.beats.get(agentId);
    const [agent] = seen ? this.#statesOf([seen], now) : [];
    if (!agent) return null;
    this.#told.set(agentId, agent.lost);
    return agent;
  }

  /** A task changed: its attempts may have ended. */
  task(record: TaskRecord): void {
    for (const agent of this.#lasts.take(record)) this.#ended.add(agent);
  }

  /** There is no such task any more; without an id: no task. */
  noTask(taskId?: string): void {
    if (taskId === undefined) this.#lasts.clear();
    else for (const agent of this.#lasts.remove(taskId)) this.#ended.add(agent);
  }

  /** Those that ended something, and no beat has told of them since. */
  news(now: number): ListedAgent[] {
    return [...this.#ended].flatMap((agent) => this.heard(agent, now) ?? []);
  }

  /** What is new without a beat: those that are lost now, or are not any more, and those that are not shown any more. */
  look(now: number): { changed: ListedAgent[]; removed: string[] } {
    const agents = this.states(now);
    const changed = agents.filter(({ agent_id, lost }) => this.#told.get(agent_id) !== lost);
    const shown = new Set(agents.map(({ agent_id }) => agent_id));
    const removed = [...this.#told.keys()].filter((id) => !shown.has(id));
    for (const { agent_id, lost } of changed) this.#told.set(agent_id, lost);
    for (const id of removed) this.#told.delete(id);
    return { changed, removed };
  }

  #statesOf(beats: Iterable<{ beat: Beat; storedAt: Date }>, now: number): ListedAgent[] {
    return agentStates(beats, now).map((agent) => ({
      ...agent,
      lost: agent.lost && now - this.#backAt > agent.lease_ms,
      last: this.#lasts.of(agent.agent_id),
    }));
  }
}
