import type { Session } from "./session.js";
import { tail, type TailMessage, type TailOptions } from "./tail.js";

type MergedTailOptions = Omit<TailOptions, "filter" | "onBreak"> & { filters: readonly string[] };

/**
 * Follows several subjects of a stream as one: in the order of the stream until everything that was stored at the start
 * has been handed on, then as it comes. For where one filter would cover heartbeats too: nats-server 2.9 leaves messages
 * out of that, whatever their subject, when a beat replaces another.
 */
export function mergedTail(session: Session, { filters, ...options }: MergedTailOptions): void {
  const { signal, onMessage, onCaughtUp, onReset } = options;
  const begin = (start: TailOptions["start"]): void => {
    const ending = new AbortController();
    const sources = filters.map((filter) => new Source(filter));
    const handOn = (): void => {
      // What comes next is known once everyone who is behind has said something.
      while (!sources.some(({ isBehind, next }) => isBehind && !next)) {
        const message = earliest(sources)?.take();
        if (!message) return;
        onMessage(message);
      }
    };
    for (const source of sources) {
      tail(session, {
        ...options,
        ...{ filter: source.filter, start, signal: AbortSignal.any([signal, ending.signal]) },
        onMessage: (message) => {
          source.waiting.push(message);
          handOn();
        },
        onCaughtUp: () => {
          source.isBehind = false;
          handOn();
          if (!sources.some(({ isBehind }) => isBehind)) onCaughtUp?.();
        },
        // The stream is another one for all of them, whoever sees it first; of that one nothing is known yet.
        onReset: () => {
          ending.abort();
          onReset?.();
          begin(start === "new" ? "all" : start);
        },
      });
    }
  };
  begin(options.start);
}

const LET_GO = 1_000;

/** One subject, and what it has said that was not handed on yet. */
class Source {
  waiting: TailMessage[] = [];
  isBehind = true;
  /** Of those waiting, so many were handed on: they are let go of now and then, as each time would be dear. */
  #taken = 0;

  constructor(readonly filter: string) {}

  get next(): TailMessage | undefined {
    return this.waiting[this.#taken];
  }

  take(): TailMessage | undefined {
    const message = this.next;
    if (++this.#taken === this.waiting.length || this.#taken > LET_GO) {
      this.waiting.splice(0, this.#taken);
      this.#taken = 0;
    }
    return message;
  }
}

function earliest(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined;
  for (const source of sources) {
    if (source.next && (first?.next?.seq ?? Infinity) > source.next.seq) first = source;
  }
  return first;
}
