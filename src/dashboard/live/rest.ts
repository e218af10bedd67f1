/** A page that is drawn for a fifth of the time leaves enough for whoever uses it. */
const RESTS = 4;
const LONGEST_MS = 200;

/** How long to rest after a drawing that took so long, ms. */
export const restAfter = (tookMs: number): number => Math.min(LONGEST_MS, RESTS * tookMs);
