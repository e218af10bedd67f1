import { type Liveness, type Presence, silenceText } from "../domain/liveness.js";
import { absentBefore, callRoll } from "../domain/roll-call.js";
import { announceAgent } from "../nats/feed.js";
import type { Notices } from "../nats/notices.js";
import { lastBeat } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { Rounds } from "./rounds.js";

/** Agents come without our being told of each: look at least this often. */
const LOOK_MS = 30_000;
const RETRY_MS = 1_000;

/** Tells the event log, while this process leads, which agents fell silent, with or without work, and which are back. */
export class Attendance {
  /** The agents that were told to be lost. */
  readonly #absent: Map<string, Presence>;
  readonly #rounds: Rounds;

  constructor(
    private readonly session: Session,
    private readonly liveness: Liveness,
    private readonly signal: AbortSignal,
    private readonly notices: Notices,
  ) {
    this.#absent = absentBefore(liveness.present(performance.now()));
    this.#rounds = new Rounds(() => this.#look(), signal);
    this.look();
  }

  /** Looks now: somebody came, went or is back. */
  look(): void {
    this.#rounds.look();
  }

  /** @returns ms until the next look */
  async #look(): Promise<number> {
    try {
      const { lost, back, recheck_ms } = callRoll(this.liveness.present(performance.now()), this.#absent);
      for (const agent of lost) await this.#lost(agent);
      for (const agent of back) await this.#back(agent);
      return Math.min(recheck_ms ?? LOOK_MS, LOOK_MS);
    } catch (error) {
      if (!this.signal.aborted) this.notices.trouble("roll call", error);
      return RETRY_MS;
    }
  }

  async #lost(agent: Presence): Promise<void> {
    const { agent_id, silent_ms } = agent;
    const { beat, seq, again } = await hearAgain(this.session, this.liveness, agent_id);
    if (again || this.signal.aborted) return;
    // Without a beat in the stream nobody knows any more who it was.
    if (beat) await announceAgent(this.session, "agent_lost", beat, silenceText(agent_id, silent_ms), seq);
    this.#absent.set(agent_id, agent);
  }

  async #back({ agent_id, instance_id }: Presence): Promise<void> {
    const { beat, seq } = await lastBeat(this.session, agent_id);
    if (beat?.instance_id === instance_id) {
      await announceAgent(this.session, "agent_online", beat, `${agent_id} is heard again`, seq);
    }
    this.#absent.delete(agent_id);
  }
}

/**
 * The agent's last beat as the stream has it. `again`: it had not reached us, as this process was stopped or starved,
 * or its consumer stalled. Silence counts only when the stream is silent too.
 */
export async function hearAgain(
  session: Session,
  liveness: Liveness,
  agentId: string,
): Promise<Awaited<ReturnType<typeof lastBeat>> & { again: boolean }> {
  // As the verdict knew it: what reaches us while we ask was unseen too.
  const seenBefore = liveness.lastSeq(agentId);
  const last = await lastBeat(session, agentId);
  if (!last.beat || last.seq <= seenBefore) return { ...last, again: false };
  liveness.beat(last.beat, last.seq, performance.now());
  return { ...last, again: true };
}
