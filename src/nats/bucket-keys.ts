import { setTimeout as sleep } from "node:timers/promises";
import type { StreamConfig } from "@nats-io/jetstream";
import type { Session } from "./session.js";

const AGAIN_MS = 5;
/** A key that did not come in this time was not sent: nobody waits for it for ever. */
const PATIENCE_MS = 5_000;

/**
 * The keys of a bucket that who follows it was sent. A value that is replaced before it was sent comes later than what
 * the server counted at the start, with the one that replaced it, and one that is replaced after it was sent comes
 * twice: only the keys tell when all are there.
 */
export class BucketKeys {
  readonly #keys = new Set<string>();

  /** Whether a stream is a bucket, and the filter all of it. */
  static areOf({ max_msgs_per_subject, subjects }: StreamConfig, filter: string): boolean {
    return max_msgs_per_subject === 1 && subjects.length === 1 && subjects[0] === filter;
  }

  add(subject: string): void {
    this.#keys.add(subject);
  }

  /** Waits until all that the bucket has now are there. What was removed meanwhile is still among the keys. */
  async all(session: Session, stream: string, isWaiting: () => boolean): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (isWaiting() && performance.now() < until) {
      const { state } = await session.jsm.streams.info(stream);
      if (this.#keys.size >= state.messages) return;
      await sleep(AGAIN_MS, undefined, { ref: false });
    }
  }
}
