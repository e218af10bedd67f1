import { createHash } from "node:crypto";
import type { FailureReason } from "./reasons.js";

/** What differs between two failures of one cause: the first rule that fits a place decides. */
const VARYING: readonly [RegExp, string][] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)\]]+/gi, "<url>"],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, "<time>"],
  [/\b\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\b/g, "<time>"],
  [/(?:[A-Za-z]:\\|~?\/|\.{1,2}\/|\b[\w.-]+\/)[^\s:;,"'`<>()[\]]+/g, "<path>"],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, "<id>"],
  [/\b0x[0-9a-f]+\b/gi, "<id>"],
  // Words of letters and digits that nobody says: hashes, and ids that were drawn.
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b/gi, "<id>"],
  [/\b(?=\w*\d)(?=\w*[A-Za-z])\w{16,}\b/g, "<id>"],
  [/\b\d+(?:[.,]\d+)*\s?(?:ms|s|m|h|d)\b(?:\s\d+(?:ms|s|m|h|d)\b)*/g, "<duration>"],
  [/\d+(?:[.,]\d+)*/g, "<n>"],
];

/** What is looked at of a message, and what is kept of that: a cause is told at the beginning. */
const READ = 2_000;
const KEPT = 300;

/** What failures of one cause have in common, as a short word: the reason, and what `patternOf` leaves of the message. */
export const fingerprintOf = (reason: FailureReason, message: string): string =>
  createHash("sha256")
    .update(`${reason}\n${patternOf(message.slice(0, READ)).slice(0, KEPT)}`)
    .digest("hex")
    .slice(0, 12);

/** A message without the ids, numbers, paths and times in it: failures of one cause have it in common. */
export const patternOf = (message: string): string =>
  VARYING.reduce((text, [varying, name]) => text.replace(varying, name), message)
    .replace(/\s+/g, " ")
    .trim();
