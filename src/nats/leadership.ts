import { z } from "zod";
import { OPERATION_HEADER, readKey, removeKey, writeKey } from "./bucket.js";
import type { Session } from "./session.js";
import { tail } from "./tail.js";

const KEY = "leader";

/** The id ends a subject that is asked on. */
const Leader = z.object({ instance_id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/), since: z.string() });
type Leader = z.output<typeof Leader>;

/**
 * Who leads, if anybody, and the revision the key is at (0: it never was, or has expired).
 * @param patienceMs as of `readLast`
 */
export async function currentLeader(
  session: Session,
  patienceMs?: number,
): Promise<{ leader: Leader | null; revision: number }> {
  const { value, revision } = await readKey(session, session.names.control, KEY, patienceMs);
  const leader = Leader.safeParse(value);
  return { leader: leader.success ? leader.data : null, revision };
}

/**
 * Writes oneself as leader, if the key is still at `revision`.
 * @returns the new revision, or null when somebody else was first
 */
export function writeLeader(session: Session, leader: Leader, revision: number): Promise<number | null> {
  return writeKey(session, session.names.control, KEY, leader, revision);
}

/** Gives the lead up, so that the next candidate need not wait for the key to expire. */
export async function removeLeader(session: Session, revision: number): Promise<void> {
  await removeKey(session, session.names.control, KEY, revision);
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
      if (message.headers?.get(OPERATION_HEADER) === "DEL") listener();
    },
  });
}
