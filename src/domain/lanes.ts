import { PRIORITIES, type Priority } from "./task.js";

export const LANES = [0, 1, 2, 3] as const;
export type Lane = (typeof LANES)[number];

export const laneOf = (priority: Priority): Lane => PRIORITIES.indexOf(priority) as Lane;

/** Every so many picks start from the bottom, so that low work never starves. */
const BOTTOM_EVERY = 8;

const BEST_FIRST: readonly Lane[] = LANES;
const BOTTOM_FIRST: readonly Lane[] = [...LANES].reverse();

/** The order in which pick number `pick` (from 1) looks at the lanes. */
export const laneOrder = (pick: number): readonly Lane[] => (pick % BOTTOM_EVERY === 0 ? BOTTOM_FIRST : BEST_FIRST);
