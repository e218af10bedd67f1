import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import { decodeJson } from "./json.js";
import { removeMessages, removeSequences } from "./remove.js";
import { isConflict, isUnanswered, publishJson, readLast, type Session } from "./session.js";
import { readStored } from "./stored.js";

/*
 * The object store, in its usual layout: an object is its chunks, on a subject of its own, and then an entry on the
 * subject of its name. The client library writes the same; but where it replaces an object, or could not write one, it
 * purges by filter, after which a restart of nats-server 2.9.10 can remove everything; and it waits for ever for chunks
 * that are gone.
 */

const CHUNK_BYTES = 128 * 1024;
/** What is on its way at once is bounded, and so is a server's answer to it. */
const CHUNKS_AT_ONCE = 8;
const TRIES = 3;
const RECONNECT_MS = 10_000;

/** What the entry of an object says, as far as it is read here. */
const Entry = z.object({
  /** The last part of the chunks' subject: a wildcard in it would stand for those of other objects. */
  nuid: z
    .string()
    .max(300)
    .regex(/^[\w-]+(\.[\w-]+)*$/),
  size: z.number(),
  digest: z.string(),
  mtime: z.string().default(""),
  metadata: z.record(z.string(), z.string()).default({}),
  deleted: z.boolean().optional(),
});
export type Entry = z.output<typeof Entry>;

/** An entry and its place in the stream; `entry` null: what is there is none. */
interface Found {
  entry: Entry | null;
  seq: number;
}

const chunksOf = (session: Session, nuid: string): string => `$O.${session.names.artifacts.name}.C.${nuid}`;

/** The subject of an object's entry. */
const entryOf = (session: Session, name: string): string =>
  `$O.${session.names.artifacts.name}.M.${padded(Buffer.from(name).toString("base64url"))}`;

/** The library's base64 is that of URLs, but padded. */
const padded = (base64: string): string => base64.padEnd(Math.ceil(base64.length / 4) * 4, "=");

const digestOf = (data: Uint8Array): string =>
  `SHA-256=${padded(createHash("sha256").update(data).digest("base64url"))}`;

/**
 * Stores an object. One of that name with the same content stays as it is; one with another content is replaced.
 * @param chunks what the chunks are stored under, besides a part of their own: by it they can be found and removed
 * @param metadata kept in its entry
 * @throws Unanswered, or what the server says
 */
export async function putObject(
  session: Session,
  name: string,
  chunks: string,
  content: string | Buffer,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const data = typeof content === "string" ? Buffer.from(content) : content;
  for (let tries = 1; ; tries++) {
    try {
      await put(session, name, chunks, data, metadata);
      return;
    } catch (error) {
      const isLost = isConflict(error) || isUnanswered(error);
      if (!isLost || tries === TRIES || session.nc.isClosed()) throw error;
      await session.whenConnected(RECONNECT_MS);
    }
  }
}

async function put(
  session: Session,
  name: string,
  chunks: string,
  data: Buffer,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const digest = digestOf(data);
  const old = await readEntry(session, name);
  if (old?.entry?.digest === digest) return;
  const nuid = `${chunks}.${randomUUID()}`;
  const max_chunk_size = Math.min(CHUNK_BYTES, Math.floor((session.nc.info?.max_payload ?? CHUNK_BYTES) / 2));
  // An empty one has a chunk, too: by its chunks it is found.
  const count = Math.max(1, Math.ceil(data.length / max_chunk_size));
  const subject = chunksOf(session, nuid);
  const entry = {
    ...{ name, description: "", options: { max_chunk_size }, bucket: session.names.artifacts.name, nuid, digest },
    ...{ size: data.length, chunks: count, mtime: session.now(), deleted: false, metadata },
  };
  let entrySent = false;
  try {
    for (let at = 0; at < count; at += CHUNKS_AT_ONCE) {
      const some = Array.from({ length: Math.min(CHUNKS_AT_ONCE, count - at) }, (_, index) =>
        data.subarray((at + index) * max_chunk_size, (at + index + 1) * max_chunk_size),
      );
      await Promise.all(some.map((chunk) => session.publisher.publish(subject, chunk)));
    }
    entrySent = true;
    await publishJson(session, entryOf(session, name), entry, { lastSubjectSequence: old?.seq ?? 0 });
  } catch (error) {
    await session.whenConnected(RECONNECT_MS);
    // The entry may be stored, the answer being lost, or may yet be: then the chunks are its, and must stay.
    if (entrySent && isUnanswered(error)) {
      const now = await readEntry(session, name).catch(() => null);
      if (now?.entry?.nuid === nuid) return;
    } else await removeMessages(session, session.names.artifacts.stream, subject).catch(() => 0);
    throw error;
  }
  // Best effort: what is left of it belongs to the same task, and goes with it.
  if (old) await removeParts(session, old).catch(() => undefined);
}

/** The text of an object; null when there is none, or its chunks are gone. */
export const readObject = async (session: Session, name: string, signal?: AbortSignal): Promise<string | null> =>
  (await readBytes(session, name, signal))?.toString("utf8") ?? null;

/** The bytes of an object; null when there is none, or its chunks are gone. */
export async function readBytes(session: Session, name: string, signal?: AbortSignal): Promise<Buffer | null> {
  const { stream } = session.names.artifacts;
  let found = await readEntry(session, name);
  while (found?.entry && found.entry.deleted !== true) {
    const chunks: Uint8Array[] = [];
    const filter = chunksOf(session, found.entry.nuid);
    await readStored(session, { stream, filter, signal }, ({ data }) => chunks.push(data));
    const data = Buffer.concat(chunks);
    if (data.length === found.entry.size && digestOf(data) === found.entry.digest) return data;
    // Replaced while it was read? Then there is another entry now.
    const now = await readEntry(session, name);
    if (now?.seq === found.seq) return null;
    found = now;
  }
  return null;
}

/** What the entry of an object says; null when there is none. */
export async function readInfo(session: Session, name: string): Promise<Entry | null> {
  const entry = (await readEntry(session, name))?.entry;
  return entry && entry.deleted !== true ? entry : null;
}

/** Removes the entries of that name. Without one, chunks are nobody's. @param upTo as of `removeMessages` */
export async function removeEntry(session: Session, name: string, upTo?: number): Promise<void> {
  await removeMessages(session, session.names.artifacts.stream, entryOf(session, name), upTo);
}

/** Removes an object. One that is not there is fine. */
export async function removeObject(session: Session, name: string): Promise<void> {
  const found = await readEntry(session, name);
  if (found) await removeParts(session, found);
}

async function removeParts(session: Session, { entry, seq }: Found): Promise<void> {
  const { stream } = session.names.artifacts;
  await removeSequences(session, stream, [seq]);
  if (entry) await removeMessages(session, stream, chunksOf(session, entry.nuid));
}

async function readEntry(session: Session, name: string): Promise<Found | null> {
  const message = await readLast(session, session.names.artifacts.stream, entryOf(session, name));
  return message && { entry: Entry.safeParse(decodeJson(message.data)).data ?? null, seq: message.seq };
}
