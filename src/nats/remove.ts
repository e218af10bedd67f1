import { JetStreamApiError } from "@nats-io/jetstream";
import { readStored } from "./stored.js";
import type { Session } from "./session.js";

const AT_ONCE = 32;
/** It could not be deleted, for whatever reason: also that it is not there. */
const NOT_DELETED = 10057;

/**
 * Removes every message that a stream has of a subject (or a wildcard) now, one by one by its sequence. Never a purge
 * by filter: after one, a restart of nats-server 2.9.10 can remove everything that is in the stream.
 * @param upTo leaves those with a greater sequence
 * @returns how many there were
 */
export async function removeMessages(
  session: Session,
  stream: string,
  filter: string,
  upTo = Number.POSITIVE_INFINITY,
): Promise<number> {
  const sequences: number[] = [];
  await readStored(session, { stream, filter, headersOnly: true }, ({ seq }) => {
    if (seq <= upTo) sequences.push(seq);
  });
  await removeSequences(session, stream, sequences);
  return sequences.length;
}

/** Removes these messages; one that is gone is fine. */
export async function removeSequences(session: Session, stream: string, sequences: readonly number[]): Promise<void> {
  for (let at = 0; at < sequences.length; at += AT_ONCE) {
    await Promise.all(sequences.slice(at, at + AT_ONCE).map((seq) => remove(session, stream, seq)));
  }
}

async function remove(session: Session, stream: string, seq: number): Promise<void> {
  try {
    // Not overwritten with zeros first: this makes room, it keeps no secret.
    await session.jsm.streams.deleteMessage(stream, seq, false);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === NOT_DELETED)) throw error;
    if ((await session.jsm.streams.getMessage(stream, { seq })) !== null) throw error;
  }
}
