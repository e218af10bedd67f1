import { PRIORITIES, type Priority } from "./task.js";

export const LANES = [0, 1, 2, 3] as const;
export type Lane = (typeof LANES)[number];

export const laneOf = (priority: Priority): Lane => PRIORITIES.indexOf(priority) as Lane;

/** Every so many picks, a lower lane comes first. */
const LOWER_EVERY = 8;

const BEST_FIRST: readonly Lane[] = LANES;
/** The lower lanes take turns: were it always the bottom one, a flood there would leave nothing to those in between. */
const LOWER_FIRST: readonly (readonly Lane[])[] = [
  [3, 2, 1, 0],
  [2, 3, 1, 0],
  [1, 3, 2, 0],
];

/**
 * The order in which pick number `pick` (from 1) looks at the lanes: best first, but in every eighth pick low, normal
 * or high in turn, so that none of them starves. One that has nothing leaves its turn to the others.
 */
export function laneOrder(pick: number): readonly Lane[] {
  if (pick % LOWER_EVERY !== 0) return BEST_FIRST;
  return LOWER_FIRST[(pick / LOWER_EVERY - 1) % LOWER_FIRST.length] ?? BEST_FIRST;
}

/** Picks that look at the lanes in the same order. */
export interface Picks {
  order: readonly Lane[];
  max: number;
}

/**
 * The next `max` picks after `picked` ones: those of one order together, so that the queue is asked few times, however
 * many they are; the order of the next pick comes first.
 */
export function nextPicks(picked: number, max: number): Picks[] {
  const counts = new Map<readonly Lane[], number>();
  for (let pick = picked + 1; pick <= picked + max; pick++) {
    const order = laneOrder(pick);
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  return [...counts].map(([order, count]) => ({ order, max: count }));
}
