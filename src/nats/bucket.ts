import { headers } from "nats";
import { decodeJson } from "./json.js";
import { isConflict, publishJson, readLast, type Session } from "./session.js";

/** A bucket of the workspace: a stream with one message a key, as NATS key-value stores are laid out. */
export interface Bucket {
  stream: string;
  subject: (key: string) => string;
}

/** What a key holds; `value` undefined: nothing, or what is not JSON. `revision` 0: it never held anything. */
export interface Entry {
  value: unknown;
  revision: number;
}

/** The header of the marker that a removed key leaves. */
export const OPERATION_HEADER = "KV-Operation";

/**
 * Reads a key from the stream's leader. The client library's key-value store asks any replica, which may be behind:
 * not good enough for a compare-and-set, or for asking who leads.
 * @param patienceMs as of `readLast`
 */
export async function readKey(session: Session, bucket: Bucket, key: string, patienceMs?: number): Promise<Entry> {
  const message = await readLast(session, bucket.stream, bucket.subject(key), patienceMs);
  if (!message) return { value: undefined, revision: 0 };
  const value = message.headers(OPERATION_HEADER) === "" ? decodeJson(message.data) : undefined;
  return { value, revision: message.seq };
}

/** Below this, a leader that waits for an answer could outlive its key. */
const WRITE_MS = 3_000;

/**
 * Writes a key, if it is still at `revision`; without one, whatever it is at.
 * @returns the new revision, or null when somebody else wrote first
 */
export function writeKey(
  session: Session,
  bucket: Bucket,
  key: string,
  value: unknown,
  revision?: number,
): Promise<number | null> {
  return write(session, bucket, key, value, revision, undefined);
}

/**
 * Removes a key, if it is still at `revision`.
 * @param note what the marker that is left says
 * @returns the marker's revision, or null when somebody else wrote first
 */
export function removeKey(
  session: Session,
  bucket: Bucket,
  key: string,
  revision: number,
  note: unknown = null,
): Promise<number | null> {
  return write(session, bucket, key, note, revision, "DEL");
}

async function write(
  session: Session,
  bucket: Bucket,
  key: string,
  value: unknown,
  revision: number | undefined,
  operation: string | undefined,
): Promise<number | null> {
  const meta = operation === undefined ? undefined : headers();
  if (operation !== undefined) meta?.set(OPERATION_HEADER, operation);
  try {
    return await publishJson(session, bucket.subject(key), value, {
      timeoutMs: WRITE_MS,
      ...(meta && { headers: meta }),
      ...(revision !== undefined && { lastSubjectSequence: revision }),
    });
  } catch (error) {
    if (isConflict(error)) return null;
    throw error;
  }
}
