import { z } from "zod";
import { isConflict, openBucket, type Session } from "./session.js";
import { tail } from "./tail.js";

const KEY = "leader";
/** Well below the time a leader has to renew. */
const WRITE_MS = 3_000;

const Leader = z.object({ instance_id: z.string(), since: z.string() });
type Leader = z.output<typeof Leader>;

/** Who leads, if anybody, and the revision the key is at (0: it never was, or has expired). */
export async function currentLeader(session: Session): Promise<{ leader: Leader | null; revision: number }> {
  const entry = await (await openBucket(session, session.names.control)).get(KEY);
  if (!entry) return { leader: null, revision: 0 };
  const leader = entry.operation === "PUT" ? Leader.safeParse(entry.json()) : undefined;
  return { leader: leader?.success ? leader.data : null, revision: entry.revision };
}

/**
 * Writes oneself as leader, if the key is still at `revision`.
 * @returns the new revision, or null when somebody else was first
 */
export async function writeLeader(session: Session, leader: Leader, revision: number): Promise<number | null> {
  const bucket = await openBucket(session, session.names.control);
  try {
    return await bucket.put(KEY, JSON.stringify(leader), { previousSeq: revision, timeout: WRITE_MS });
  } catch (error) {
    if (isConflict(error)) return null;
    throw error;
  }
}

/** Gives the lead up, so that the next candidate need not wait for the key to expire. */
export async function removeLeader(session: Session, revision: number): Promise<void> {
  const bucket = await openBucket(session, session.names.control);
  try {
    await bucket.delete(KEY, { previousSeq: revision });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

/** Calls back when the lead is given up, so that candidates need not wait. */
export function onLeaderGone(session: Session, signal: AbortSignal, listener: () => void): void {
  const { control } = session.names;
  tail(session, {
    stream: control.stream,
    filter: control.subject(KEY),
    start: "new",
    signal,
    onMessage: (message) => {
      if (message.headers?.get("KV-Operation") === "DEL") listener();
    },
  });
}
