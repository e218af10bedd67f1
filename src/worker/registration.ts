import { type Beat } from "../domain/message.js";
import { ask } from "../nats/control.js";
import { IdentityLost, lastBeat, sendBeat } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { MjError } from "../errors.js";

const MAX_NAMESAKES = 1_000;
const PING_MS = 1_000;
const BEAT_MS = 5_000;

/**
 * Takes an agent id with a first beat: the wanted one, or `<id>-2`, `-3`, … while another live process has it.
 * A namesake is dead when it said goodbye, or when nobody listens on its control subject (the server knows at once).
 * @param listen begins to answer on the control subject of an id
 * @returns the id, the sequence of the first beat, and what ends the answering
 */
export async function register(
  session: Session,
  wantedId: string,
  beatOf: (agentId: string) => Beat,
  listen: (agentId: string) => AbortController,
): Promise<{ agentId: string; seq: number; listening: AbortController }> {
  for (let n = 1; n <= MAX_NAMESAKES; n++) {
    const agentId = n === 1 ? wantedId : `${wantedId}-${n}`;
    const { beat, seq } = await lastBeat(session, agentId);
    if (beat && beat.status !== "offline") {
      const reply = await ask(session, session.names.agentControl(agentId), { do: "ping" }, PING_MS);
      if (reply !== "nobody") continue;
    }
    // Before the beat: who reads that one and asks must not take us for dead.
    const listening = listen(agentId);
    try {
      return { agentId, seq: await sendBeat(session, beatOf(agentId), seq, BEAT_MS), listening };
    } catch (error) {
      listening.abort();
      // Another process registered between our look and our beat: try the next name.
      if (!(error instanceof IdentityLost)) throw error;
    }
  }
  throw new MjError("conflict", `no agent id is free for ${wantedId}`, {
    why: `${MAX_NAMESAKES} agents of that name are running`,
    hint: "give another one with --id",
  });
}
