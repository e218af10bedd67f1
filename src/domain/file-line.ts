import { FileIndex } from "./file-index.js";
import { newEffort, overlaps, patternsOf } from "./glob-overlap.js";
import { laneOf } from "./lanes.js";
import type { RunningSlot } from "./settings.js";
import type { TaskRecord } from "./task.js";

/** A task that may be waiting for files. */
type Waiter = Pick<TaskRecord, "task_id" | "files" | "priority" | "created_at">;

/** Who is first in the line: by priority, then age, then id. */
export const byTurn = (a: Waiter, b: Waiter): number =>
  laneOf(a.priority) - laneOf(b.priority) ||
  (a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : a.task_id < b.task_id ? -1 : 1);

/**
 * Which of the available tasks must wait for files: each with the one it waits for, which holds a lease on some of them
 * or is before it in the line. So overlapping tasks run one after the other, in their order, and none is overtaken for
 * ever by those that need less.
 * @param isWanted whether somebody is there to take a task: one that nobody takes does not stop others
 */
export function fileLine<T extends Waiter>(
  available: Iterable<T>,
  slots: readonly RunningSlot[],
  isWanted: (task: T) => boolean,
): Map<string, string> {
  const effort = newEffort();
  const held = new FileIndex<RunningSlot>(effort);
  for (const slot of slots) held.add(slot.files, slot);
  const earlier = new FileIndex<T>(effort);
  const waiting = new Map<string, string>();
  for (const task of [...available].sort(byTurn)) {
    const { task_id, files } = task;
    const other =
      held.find(files, (slot) => (slot.task_id === task_id ? "skip" : "take")) ??
      earlier.find(files, (before) => (isWanted(before) ? "take" : "drop"));
    if (other) waiting.set(task_id, other.task_id);
    earlier.add(files, task);
  }
  return waiting;
}

/** The first globs of two lists that overlap; null when none do. */
export function commonFiles(one: readonly string[], other: readonly string[]): [string, string] | null {
  const effort = newEffort();
  // One by one: a reading does not tell which glob it is of.
  const theirs = other.map((glob) => ({ glob, patterns: patternsOf([glob]) }));
  for (const glob of one) {
    const patterns = patternsOf([glob]);
    const found = theirs.find((each) => each.patterns.some((b) => patterns.some((a) => overlaps(a, b, effort))));
    if (found) return [glob, found.glob];
  }
  return null;
}

/** The slots of other tasks that hold some of these files. */
export function holdersOf(
  { task_id, files }: Pick<TaskRecord, "task_id" | "files">,
  slots: readonly RunningSlot[],
): RunningSlot[] {
  const mine = new FileIndex<true>(newEffort());
  mine.add(files, true);
  return slots.filter((slot) => slot.task_id !== task_id && mine.find(slot.files, () => "take") === true);
}
