import { type InlineLimits, inlineLimits, type LargeValue, objectName } from "../domain/large-values.js";
import { isTaskResult } from "../domain/stored-record.js";
import { isNestedWithin, type Json } from "../domain/json-value.js";
import { type TaskRecord } from "../domain/task.js";
import { parseJson } from "./json.js";
import { putObject, readObject, removeEntry, removeObject } from "./objects.js";
import { removeSequences } from "./remove.js";
import { readLast, type Session } from "./session.js";
import { readStored } from "./stored.js";

/*
 * What is kept beside a task's record: `payload/<id>.<random>`, `result/<id>.<epoch>`, `late/<id>.<epoch>`,
 * `artifact/<id>.<epoch>-<hash>`. The chunks of each are under `<id>.<kind>-<suffix>`, so that everything of a task is found by its id, also what a crash left
 * without an entry.
 */

const DEFAULT_MAX_PAYLOAD = 1024 * 1024;

/** What fits into a record on this server. */
export const limitsOf = (session: Session): InlineLimits =>
  inlineLimits(session.nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD);

/** Stores values; one that is there already stays as it is. */
export async function keepValues(session: Session, values: readonly LargeValue[]): Promise<void> {
  for (const { name, json } of values) await putObject(session, name, chunksUnder(name), json);
}

/** Removes values that no record names; ones that are not there are fine. */
export async function dropValues(session: Session, names: readonly string[]): Promise<void> {
  for (const name of names) await removeObject(session, name);
}

/** Keeps the report of an attempt that came too late to count. @returns the name of the object */
export async function keepLateResult(
  session: Session,
  attempt: { task_id: string; epoch: number },
  report: unknown,
): Promise<string> {
  const name = objectName("late", attempt.task_id, attempt.epoch);
  await keepValues(session, [{ name, json: JSON.stringify(report) }]);
  return name;
}

/**
 * The record with the payload and the result that are kept beside it. A value that is gone is missing: a payload is
 * null then, and of a result there is what the record has.
 */
export async function wholeTask(session: Session, record: TaskRecord, signal?: AbortSignal): Promise<TaskRecord> {
  const { payload_object, result_object } = record;
  if (!payload_object && !result_object) return record;
  const [payload, result] = await Promise.all([
    payload_object ? readValue(session, payload_object, isPayload, signal) : null,
    result_object ? readValue(session, result_object, isTaskResult, signal) : null,
  ]);
  return { ...record, payload: payload ?? record.payload, result: result ?? record.result };
}

/** More than this of late results is not put together: each can be had by its name. */
const LATE_BYTES = 32 * 1024 * 1024;

/** The record with what its attempts reported too late, the newest first while there is room. */
export async function withLateResults(session: Session, record: TaskRecord): Promise<TaskRecord> {
  if (!record.history.some(({ late }) => late)) return record;
  const history = [...record.history];
  let room = LATE_BYTES;
  for (const [index, entry] of [...history.entries()].reverse()) {
    if (!entry.late || room <= 0) continue;
    const text = await readObject(session, entry.late.object);
    room -= text?.length ?? 0;
    const kept = (text === null ? null : parseJson(text)) as { report?: { result?: unknown } } | null | undefined;
    const result = kept?.report?.result;
    history[index] = { ...entry, late: { ...entry.late, result: isTaskResult(result) ? result : null } };
  }
  return { ...record, history };
}

/** A value that is kept; null also when the object holds something else. */
async function readValue<T>(
  session: Session,
  name: string,
  isValue: (value: unknown) => value is T,
  signal?: AbortSignal,
): Promise<T | null> {
  const text = await readObject(session, name, signal);
  const value = text === null ? null : parseJson(text);
  return isValue(value) ? value : null;
}

const isPayload = (value: unknown): value is Json => value !== undefined && isNestedWithin(value);

/** Everything that is kept beside a task's record: the objects, and where their chunks are. */
export async function objectsOf(
  session: Session,
  taskId: string,
  upTo = Number.POSITIVE_INFINITY,
): Promise<{ names: string[]; sequences: number[] }> {
  const { stream, name: bucket } = session.names.artifacts;
  const chunks = `$O.${bucket}.C.${taskId}`;
  // Most tasks have none, and this asks once.
  if ((await readLast(session, stream, `${chunks}.>`)) === null) return { names: [], sequences: [] };
  const names = new Set<string>();
  const sequences: number[] = [];
  await readStored(session, { stream, filter: `${chunks}.>`, headersOnly: true }, ({ subject, seq }) => {
    if (seq > upTo) return;
    const [, kind, suffix] = /^(payload|result|late|artifact)-([^.]+)/.exec(subject.slice(chunks.length + 1)) ?? [];
    if (kind && suffix) names.add(`${kind}/${taskId}.${suffix}`);
    sequences.push(seq);
  });
  return { names: [...names], sequences };
}

/**
 * Removes everything that is kept beside a task's record. For tasks whose record is gone.
 * @param upTo leaves what the stream has with a greater sequence
 */
export async function removeArtifacts(session: Session, taskId: string, upTo?: number): Promise<void> {
  const { names, sequences } = await objectsOf(session, taskId, upTo);
  // Entries first: while there are chunks, a second try finds what a first one has left.
  for (const name of names) await removeEntry(session, name, upTo);
  await removeSequences(session, session.names.artifacts.stream, sequences);
}

/** `payload/a.x` → `a.payload-x` */
export function chunksUnder(name: string): string {
  const [, kind, taskId, suffix] = /^(\w+)\/([\w-]+)\.([\w-]+)$/.exec(name) ?? [];
  if (!kind || !taskId || !suffix) throw new Error(`${name} is no name of a task's value`);
  return `${taskId}.${kind}-${suffix}`;
}
