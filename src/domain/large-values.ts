import { textOf } from "./route.js";
import type { PreparedTask } from "./task.js";

const KIB = 1024;

/** The largest payload and the largest result, in bytes of JSON. */
export const MAX_VALUE_BYTES = 8 * KIB * KIB;

/** What a record holds itself, in bytes of JSON: all of it together has to fit into one message of the server. */
export interface InlineLimits {
  /** Each of: a payload, a result, the hand-offs, title and description. */
  value: number;
  /** A task that nobody has worked on yet, as a whole. */
  task: number;
  /** The beginning of a payload that is kept elsewhere, for routing by keywords. */
  excerpt: number;
  /** The message of an error. */
  message: number;
  /** All slots of running tasks, with the files they hold. */
  slots: number;
}

/** What is documented, where one message takes 1 MiB (the server's default) or more; less where it takes less. */
export function inlineLimits(maxPayload: number): InlineLimits {
  const part = (share: number): number => Math.floor(Math.min(maxPayload, KIB * KIB) * share);
  return { value: part(1 / 4), task: part(7 / 16), excerpt: part(1 / 16), message: part(1 / 64), slots: part(3 / 4) };
}

/** A value on its way into the object store. */
export interface LargeValue {
  name: string;
  json: string;
}

/** The name of a value that is kept beside its task's record; `suffix` tells it from others of its kind. */
export const objectName = (
  kind: "payload" | "result" | "late" | "artifact",
  taskId: string,
  suffix: string | number,
): string => `${kind}/${taskId}.${suffix}`;

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
export const kib = (bytes: number): string => `${Math.ceil(bytes / KIB)} KiB`;

/** The beginning of a text: as much of it as takes at most `limit` bytes of JSON. */
export function beginningOf(text: string, limit: number): string {
  let kept = text.slice(0, limit);
  for (let bytes = bytesOf(JSON.stringify(kept)); bytes > limit; bytes = bytesOf(JSON.stringify(kept))) {
    kept = kept.slice(0, Math.min(kept.length - 1, Math.floor((kept.length * limit) / bytes)));
  }
  // Not in the middle of a character.
  return kept.length < text.length ? kept.replace(/[\uD800-\uDBFF]$/, "") : kept;
}

/** Most are: one look tells, as no UTF-16 unit takes more than three bytes. */
const isSmall = (task: PreparedTask, limits: InlineLimits): boolean => JSON.stringify(task).length * 3 <= limits.value;

/** Why a task cannot be published, however it is kept; null when it can. */
export function tooLarge(task: PreparedTask, limits: InlineLimits): string | null {
  if (isSmall(task, limits)) return null;
  const { payload = null, payload_excerpt: _, ...rest } = task;
  const bytes = bytesOf(JSON.stringify(payload));
  if (bytes > MAX_VALUE_BYTES) return `its payload has ${kib(bytes)}; ${kib(MAX_VALUE_BYTES)} is the limit`;
  const texts = bytesOf(JSON.stringify([task.title, task.description ?? null]));
  if (texts > limits.value) return `title and description have ${kib(texts)}; ${kib(limits.value)} is the limit`;
  const others = bytesOf(JSON.stringify(rest));
  const room = limits.task - limits.excerpt;
  return others > room ? `without its payload it has ${kib(others)}; ${kib(room)} is the limit` : null;
}

/** Takes the payload out of a task whose record it would make too large. `name`: what it is kept under then. */
export function takePayloadOut(
  task: PreparedTask,
  limits: InlineLimits,
  name: string,
): { task: PreparedTask; object: LargeValue | null } {
  const { payload = null, ...rest } = task;
  if (payload === null || isSmall(task, limits)) return { task, object: null };
  const json = JSON.stringify(payload);
  const bytes = bytesOf(json);
  if (bytes <= limits.value && bytes + bytesOf(JSON.stringify(rest)) <= limits.task) return { task, object: null };
  const payload_excerpt = beginningOf(textOf(payload), limits.excerpt);
  return { task: { ...rest, payload_object: name, payload_excerpt }, object: { name, json } };
}
