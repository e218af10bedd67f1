import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 15;
/** Generous: it is reached only when the condition never comes true. */
const BOUND_MS = 60_000;

/**
 * Looks until there is something to see: a value that is not undefined, null or false. A look that throws has not seen
 * it yet. The bound only ends a test that would never end; it says nothing about how fast things are.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  withinMs = BOUND_MS,
): Promise<Exclude<NonNullable<Awaited<T>>, false>> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<NonNullable<Awaited<T>>, false>;
      last = new Error(`it never came true within ${withinMs} ms: ${look.toString()}`);
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw last;
    await sleep(LOOK_MS);
  }
}
