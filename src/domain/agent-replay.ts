import type { AgentLogEvent } from "./event-log.js";
import type { Beat } from "./message.js";

/** An agent that was there at a moment, or was found lost and had not come back. */
export interface ReplayedAgent {
  agent_id: string;
  /** Null, as all that follows, when only a claim tells of it. */
  role: string | null;
  instance_id: string | null;
  host: string | null;
  pid: number | null;
  /** When it came; of one that is lost, when that was found. */
  since: string;
  /** What told of it: its own word, a claim, or a heartbeat of later which says since when it had been there. */
  known_by: "online" | "claim" | "heartbeat";
  lost: boolean;
}

/** Folds the coming and going of agents into who is there. Pure memory. */
export class AgentReplay {
  readonly #agents = new Map<string, ReplayedAgent>();
  /** Instances that said goodbye. */
  readonly #ended = new Set<string>();
  /** The last beat of each agent, also when it is of later: the log keeps no other. */
  readonly #beats = new Map<string, { beat: Beat; at: number }>();

  beat(beat: Beat, time: Date): void {
    this.#beats.set(beat.agent_id, { beat, at: time.getTime() });
  }

  attend({ kind, time, agent_id, instance_id, role, host, pid }: AgentLogEvent): void {
    const before = this.#agents.get(agent_id);
    const told = { agent_id, role, instance_id, host, pid, since: time, known_by: "online" as const };
    if (kind === "agent_online") {
      this.#agents.set(agent_id, { ...told, lost: false });
      return;
    }
    if (kind === "agent_offline") this.#ended.add(keyOf(agent_id, instance_id));
    // Another instance has its id by now.
    if (before && before.instance_id !== null && before.instance_id !== instance_id) return;
    if (kind === "agent_offline") this.#agents.delete(agent_id);
    else if (before?.lost !== true) this.#agents.set(agent_id, { ...told, lost: true });
  }

  /** Who claims is there. */
  claim(agentId: string, role: string | null, time: string): void {
    const before = this.#agents.get(agentId);
    if (before && !before.lost) return;
    const unknown = { agent_id: agentId, role, instance_id: null, host: null, pid: null, known_by: "claim" as const };
    this.#agents.set(agentId, { ...(before ?? unknown), since: time, lost: false });
  }

  /**
   * Who was there at a moment, by name.
   * @param beginsMs when the log begins: of agents that came before that, only beats tell
   */
  present(atMs: number, beginsMs: number): ReplayedAgent[] {
    const agents = new Map(this.#agents);
    for (const [id, seen] of this.#beats) {
      const known = agents.get(id);
      if (known ? isAnother(known, seen.beat) : !this.#isOlder(seen.beat, beginsMs)) continue;
      const agent = byBeat(known, seen, atMs);
      if (agent) agents.set(id, agent);
      else agents.delete(id);
    }
    return [...agents.values()].sort((a, b) => a.agent_id.localeCompare(b.agent_id));
  }

  /** It came before the log began, so its coming is not in it. */
  #isOlder({ agent_id, instance_id, started_at }: Beat, beginsMs: number): boolean {
    return Date.parse(started_at) < beginsMs && !this.#ended.has(keyOf(agent_id, instance_id));
  }
}

const keyOf = (agentId: string, instanceId: string): string => `${agentId} ${instanceId}`;

/** The beat is of an instance that came later. */
const isAnother = (known: ReplayedAgent, beat: Beat): boolean =>
  known.instance_id === null ? beat.started_at > known.since : known.instance_id !== beat.instance_id;

/** What an agent's last beat adds to what is known of it at a moment; undefined when it was not there. */
function byBeat(
  known: ReplayedAgent | undefined,
  { beat, at }: { beat: Beat; at: number },
  atMs: number,
): ReplayedAgent | undefined {
  const { agent_id, role, instance_id, host, pid, started_at, status, lease_ms } = beat;
  if (Date.parse(started_at) > atMs) return known;
  if (status === "offline" && at <= atMs) return undefined;
  const agent = known ?? { agent_id, since: started_at, known_by: "heartbeat" as const, lost: false };
  const lostAt = at + lease_ms;
  // Nobody led who could tell.
  const silent = !agent.lost && lostAt <= atMs && { since: new Date(lostAt).toISOString(), lost: true };
  return { ...agent, role, instance_id, host, pid, ...silent };
}
