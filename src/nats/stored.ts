import { Unanswered } from "./acked-publisher.js";
import type { Session } from "./session.js";
import { tail, type TailMessage } from "./tail.js";

/** Without anything coming for this long, the server is taken for gone. */
const SILENCE_MS = 30_000;

/**
 * Hands on everything that a stream has of a subject (or a wildcard) now, in order, and ends.
 * @throws Unanswered the server is away for longer than `SILENCE_MS`; the signal's reason when it aborts
 */
export async function readStored(
  session: Session,
  from: { stream: string; filter: string; headersOnly?: boolean; signal?: AbortSignal | undefined },
  take: (message: TailMessage) => void,
): Promise<void> {
  const { signal, ...what } = from;
  signal?.throwIfAborted();
  const done = new AbortController();
  let silence: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      silence = setTimeout(() => reject(new Unanswered(`${what.stream}: nothing came`)), SILENCE_MS);
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true, signal: done.signal });
      tail(session, {
        ...what,
        start: "all",
        signal: done.signal,
        onMessage: (message) => {
          silence?.refresh();
          take(message);
        },
        onCaughtUp: resolve,
      });
    });
  } finally {
    clearTimeout(silence);
    done.abort();
  }
}
