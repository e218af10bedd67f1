import { createHash, randomInt } from "node:crypto";

const ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";
const MAX_ID = 128;

const digest = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

/** A fresh task id, short enough to type; its first letter keeps it from looking like a number or an option. */
export function randomTaskId(): string {
  let id = "t";
  for (let i = 0; i < 9; i++) id += ALPHABET[randomInt(ALPHABET.length)] ?? "";
  return id;
}

/** The id of the task an idempotency key stands for: the same key, the same task, however much later. */
export const idOfKey = (key: string): string => `k${digest(key, 24)}`;

/** The id of a foreign message's task: the same message read twice is the same task. */
export const idOfMessage = (streamCreatedMs: number, sequence: number): string =>
  `n${streamCreatedMs.toString(36)}-${sequence}`;

/** The id of hand-off number `index` of a task: a completion seen twice publishes nothing twice. */
export function idOfHandoff(parentId: string, index: number): string {
  const id = `${parentId}-h${index + 1}`;
  return id.length <= MAX_ID ? id : `${beginningOf(parentId)}-${digest(id, 24)}`;
}

const beginningOf = (parentId: string): string => parentId.slice(0, MAX_ID - 32);

/** Whether an id is that of a hand-off of this task. Of a shortened one it tells only that it may be. */
export const isHandoffOf = (id: string, parentId: string): boolean =>
  id.startsWith(`${parentId}-h`)
    ? /^\d+$/.test(id.slice(parentId.length + 2))
    : parentId.length > MAX_ID - 32 && id.startsWith(`${beginningOf(parentId)}-`);
