const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/**
 * How long to wait before the next try to connect. Spread, so that many pages do not come back at one moment.
 * @param tries that have failed so far
 * @param random in [0, 1)
 */
export function backoff(tries: number, random: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries);
  return Math.round(most * (0.5 + random / 2));
}
