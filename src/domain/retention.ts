import { parseDuration } from "./duration.js";
import type { Tombstone } from "./tombstone.js";
import type { EndedTask, FleetView, Revised } from "./view.js";

const DAY_MS = 24 * 3_600_000;
export const DEFAULT_RETENTION_MS = 30 * DAY_MS;
/** Who follows a task must have seen it end before it is gone. */
export const MIN_RETENTION_MS = 60_000;
/**
 * What is left of a task goes this long after its record, or as long as records are kept if that is shorter. Whoever
 * follows the records and was away for less than that still learns that it is gone.
 */
export const TOMBSTONE_MS = 3_600_000;

/** Ms of a retention as it is written in a configuration; null: for ever; undefined: neither. */
export function parseRetention(text: string): number | null | undefined {
  if (text === "forever") return null;
  const ms = parseDuration(text);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

export interface RetentionInput {
  /** Epoch ms by the server's clock, as the records' times are. */
  now: number;
  /** Null: nothing is removed. */
  retention_ms: number | null;
  /** The first sequence that the event log still has. */
  log_begins: number;
}

/** A record to remove, if it is still at that revision. */
export interface Expired extends Pick<Tombstone, "status"> {
  task_id: string;
  revision: number;
}

export interface Pruning {
  /** Records to replace by tombstones. */
  remove: Expired[];
  /** Tombstones to lift, with everything that is left of their tasks. */
  lift: (Revised<Tombstone> & { task_id: string })[];
  /** Ms until the next of those that were looked at comes of age; null: none will by itself. */
  wake_ms: number | null;
}

/**
 * Which ended tasks are to be removed now, of each kind at most `limit`. Never one that is open.
 * @param limit then it stops looking: ask again when these are done
 */
export function prune(view: FleetView, input: RetentionInput, limit: number): Pruning {
  const { now, retention_ms } = input;
  const pruning: Pruning = { remove: [], lift: [], wake_ms: null };
  const isOfAge = (ms: number): boolean => {
    if (ms > 0) pruning.wake_ms = Math.min(pruning.wake_ms ?? ms, ms);
    return ms <= 0;
  };
  const kept = Math.min(TOMBSTONE_MS, retention_ms ?? TOMBSTONE_MS);
  for (const [task_id, stone] of view.tombstones()) {
    if (pruning.lift.length === limit) break;
    if (isOfAge(Date.parse(stone.removed_at) + kept - now) && !view.isReferredTo(task_id)) {
      pruning.lift.push({ task_id, ...stone });
    }
  }
  if (retention_ms === null) return pruning;
  for (const [task_id, ended] of view.ended()) {
    if (pruning.remove.length === limit) break;
    if (!isOfAge(ended.changed_at + retention_ms - now) || isNeeded(view, task_id, ended, input)) continue;
    pruning.remove.push({ task_id, status: ended.status, revision: ended.revision });
  }
  return pruning;
}

/** Whether something would go another way without this record. */
function isNeeded(view: FleetView, id: string, ended: EndedTask, { log_begins }: RetentionInput): boolean {
  // Who waits for it has to know how it ended, and is given its result.
  if (view.isReferredTo(id)) return true;
  if (view.handingOff(id) !== undefined) return true;
  // Its parent's hand-off is published while there is none: it would be published again.
  if (ended.handed_off_by !== null && view.task(ended.handed_off_by) !== undefined) return true;
  // A message that is delivered again is told by the record that it was taken in.
  return ended.source_seq !== null && ended.source_seq >= log_begins;
}
