import { type HistoryEntry, historyEntry } from "../domain/history.js";
import { followEventLog } from "../nats/event-log.js";
import type { Session } from "../nats/session.js";

/** Events that are kept, and places of the log that are read at the start. */
const KEPT = 1_000;

/** What happened lately, as history tells it. */
export class RecentEvents {
  readonly #events: HistoryEntry[] = [];

  /** Follows the event log until the signal aborts. @returns once what happened lately is known */
  async follow(session: Session, signal: AbortSignal, onEvent: (event: HistoryEntry) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      followEventLog(session, KEPT, {
        signal,
        onCaughtUp: resolve,
        onReset: () => void this.#events.splice(0),
        onEvent: (logged) => {
          const event = historyEntry(logged);
          this.#events.push(event);
          if (this.#events.length > KEPT) this.#events.shift();
          onEvent(event);
        },
      }).catch(reject);
    });
  }

  /** The newest so many, oldest first. */
  newest(limit: number): HistoryEntry[] {
    return limit < 1 ? [] : this.#events.slice(-limit);
  }
}
