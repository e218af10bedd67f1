import { MjError } from "../errors.js";

/** Enough to be quick, and few enough for a server that has other things to do. */
const AT_ONCE = 16;

/** What became of many tasks. */
export interface BulkOutcome<T> {
  done: T[];
  /** Why the others could not be: one for each. */
  failed: unknown[];
  /** How many were not tried any more: the signal aborted, or the server did not take what it was asked for. */
  untried: number;
}

/**
 * Does to each task what is done to one, some at a time. What does not apply to one of them does not stop the rest: that
 * is an `MjError`. Anything else, such as a server that does not answer, the rest would meet, too: it ends it.
 */
export async function forEachTask<T>(
  ids: readonly string[],
  signal: AbortSignal,
  act: (taskId: string) => Promise<T>,
): Promise<BulkOutcome<T>> {
  const done: T[] = [];
  const failed: unknown[] = [];
  let tried = 0;
  let refused = false;
  while (tried < ids.length && !refused && !signal.aborted) {
    const some = ids.slice(tried, tried + AT_ONCE);
    tried += some.length;
    for (const result of await Promise.allSettled(some.map(act))) {
      if (result.status === "fulfilled") done.push(result.value);
      else failed.push(result.reason);
    }
    refused = failed.some((error) => !(error instanceof MjError));
  }
  return { done, failed, untried: ids.length - tried };
}
