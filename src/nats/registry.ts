import { headers } from "nats";
import { z } from "zod";
import { Budget } from "../domain/budget.js";
import { Beat } from "../domain/message.js";
import { AgentDefinition, Match, type RoleRegistration, WATCHABLE } from "../domain/role.js";
import { OPERATION_HEADER, readKey, writeKey } from "./bucket.js";
import { decodeJson } from "./json.js";
import { MissedBeats } from "./missed-beats.js";
import { isConflict, publishJson, readLast, type Session, type StoredMessage } from "./session.js";
import { tail } from "./tail.js";

/** Thrown by `sendBeat` when another instance has taken the agent id. */
export class IdentityLost extends Error {
  override readonly name = "IdentityLost";
}

/** A message under an agent id as a beat; null when it is none, or one of another agent. */
function beatOf(agentId: string, body: unknown): Beat | null {
  const parsed = Beat.safeParse(body);
  return parsed.success && parsed.data.agent_id === agentId ? parsed.data : null;
}

/** The last beat of an agent id, and its place in the stream. */
export async function lastBeat(session: Session, agentId: string): Promise<{ beat: Beat | null; seq: number }> {
  const message = await readLast(session, session.names.work.stream, session.names.heartbeat(agentId));
  if (!message) return { beat: null, seq: 0 };
  return { beat: beatOf(agentId, decodeJson(message.data)), seq: message.seq };
}

/**
 * Stores a beat as the only one of its agent (`Nats-Rollup: sub`), if the last one is still the one this instance
 * knows of: so two processes can never be the same agent.
 * @param lastSeq sequence of the beat before, 0 when there is none
 * @returns the sequence of this beat
 * @throws IdentityLost when another instance has written since
 */
export async function sendBeat(session: Session, beat: Beat, lastSeq: number, timeoutMs: number): Promise<number> {
  const rollup = headers();
  rollup.set("Nats-Rollup", "sub");
  try {
    return await publishJson(session, session.names.heartbeat(beat.agent_id), beat, {
      headers: rollup,
      lastSubjectSequence: lastSeq,
      timeoutMs,
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
    // An earlier beat of ours may have been stored without us hearing of it.
    const last = await lastBeat(session, beat.agent_id);
    if (last.beat !== null && last.beat.instance_id !== beat.instance_id) {
      throw new IdentityLost(
        `${beat.agent_id} is run by another process now (${last.beat.host}, pid ${last.beat.pid})`,
      );
    }
    return publishJson(session, session.names.heartbeat(beat.agent_id), beat, {
      headers: rollup,
      lastSubjectSequence: last.seq,
      timeoutMs,
    });
  }
}

/**
 * Follows the accepted beats: first the last one of each agent, then each new one, with its sequence and the time
 * the server stored it. `onBreak`: some may be late.
 */
export function watchBeats(
  session: Session,
  watcher: {
    onBeat: (beat: Beat, seq: number, time: Date) => void;
    onCaughtUp?: () => void;
    onBreak?: () => void;
    onReset?: () => void;
    signal: AbortSignal;
  },
): void {
  const { signal, onBeat, onReset, onCaughtUp, onBreak } = watcher;
  const take = (subject: string, { seq, time, data }: Pick<StoredMessage, "seq" | "time" | "data">): void => {
    const beat = beatOf(subject.slice(subject.lastIndexOf(".") + 1), decodeJson(data));
    if (missed.heard(subject, seq, data, beat?.lease_ms ?? Infinity) && beat) onBeat(beat, seq, time);
  };
  const missed = new MissedBeats(session, signal, take);
  const caughtUp = async (): Promise<void> => {
    // An agent that was left out would not be there at all. Where it cannot be asked for, it is later.
    await missed.look(0).catch(() => undefined);
    if (!signal.aborted) onCaughtUp?.();
  };
  tail(session, {
    stream: session.names.work.stream,
    filter: session.names.heartbeats,
    start: "last",
    signal,
    onCaughtUp: () => void caughtUp(),
    ...(onBreak && { onBreak }),
    onReset: () => {
      missed.clear();
      onReset?.();
    },
    onMessage: (message) => take(message.subject, message),
  });
}

/** The last beat of each agent, and when the server stored it. */
export async function readBeats(session: Session): Promise<{ beat: Beat; time: Date }[]> {
  const beats = new Map<string, { beat: Beat; time: Date }>();
  const done = new AbortController();
  try {
    await new Promise<void>((onCaughtUp) => {
      const onBeat = (beat: Beat, _seq: number, time: Date): void => void beats.set(beat.agent_id, { beat, time });
      watchBeats(session, { signal: done.signal, onCaughtUp, onBeat });
    });
    return [...beats.values()];
  } finally {
    done.abort();
  }
}

const Registration = z.object({
  name: AgentDefinition.shape.name,
  description: z.string(),
  match: Match,
  watch: z.array(z.enum(WATCHABLE)),
  max_running: z.number().nullable().default(null),
  budget: Budget.optional().catch(undefined),
});

/** Makes a role known to routing. Writes only what changed. */
export async function registerRole(session: Session, role: RoleRegistration): Promise<void> {
  const { roles } = session.names;
  const { value } = await readKey(session, roles, role.name);
  if (JSON.stringify(value) !== JSON.stringify(role)) await writeKey(session, roles, role.name, role);
}

/**
 * Follows the registered roles: first all there are, then what each has become; null when one is removed. One that
 * changes twice at once may be heard only as it is then: the bucket keeps one value.
 */
export function watchRoles(
  session: Session,
  watcher: {
    onRole: (name: string, role: RoleRegistration | null) => void;
    onCaughtUp?: () => void;
    onReset?: () => void;
    signal: AbortSignal;
  },
): void {
  const { roles } = session.names;
  tail(session, {
    stream: roles.stream,
    filter: roles.subject(">"),
    start: "last",
    signal: watcher.signal,
    ...(watcher.onCaughtUp && { onCaughtUp: watcher.onCaughtUp }),
    ...(watcher.onReset && { onReset: watcher.onReset }),
    onMessage: (message) => {
      const name = roles.keyOf(message.subject);
      const role = Registration.safeParse(message.json());
      const isRole = role.success && role.data.name === name && !message.headers?.get(OPERATION_HEADER);
      watcher.onRole(name, isRole ? role.data : null);
    },
  });
}
