import { type Session, readLast, type StoredMessage } from "./session.js";

/** A follower's last news of an agent. */
interface Heard {
  seq: number;
  /** Of this process's clock, ms. */
  at: number;
  leaseMs: number;
}

/** At most so many are read at a time: when all agents are silent, the server is what is silent. */
const READS = 50;
const FIRST_LOOK_MS = 1_000;
const LOOK_MS = { least: 250, most: 10_000 };

/**
 * Finds the beats that a follower was not sent: nats-server 2.9 leaves some out when a message replaces another
 * (`Nats-Rollup`), without a gap in what it counts; 2.10 does not. An agent of which nothing was heard for half its
 * lease is asked for, and so is one that was never heard of, before anybody takes it for lost.
 */
export class MissedBeats {
  readonly #heard = new Map<string, Heard>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onMissed told of a beat that is newer than what was heard of its agent, or that nobody knows */
  constructor(
    private readonly session: Session,
    private readonly signal: AbortSignal,
    private readonly onMissed: (subject: string, message: StoredMessage) => void,
  ) {
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
    this.#lookIn(FIRST_LOOK_MS);
  }

  /** @returns whether it is news: what was missed may be found before it comes */
  heard(subject: string, seq: number, leaseMs: number): boolean {
    const isNews = seq > (this.#heard.get(subject)?.seq ?? 0);
    if (isNews) this.#heard.set(subject, { seq, at: performance.now(), leaseMs });
    return isNews;
  }

  /** The stream began anew. */
  clear(): void {
    this.#heard.clear();
  }

  #lookIn(ms: number): void {
    if (this.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#look()
        // The server is away: it is looked again when it may be back.
        .catch(() => undefined)
        .finally(() => this.#lookIn(this.#pace()));
    }, ms).unref();
  }

  /** Several looks within the shortest lease there is, in ms. */
  #pace(): number {
    let shortest = Infinity;
    for (const { leaseMs } of this.#heard.values()) shortest = Math.min(shortest, leaseMs);
    return Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, shortest / 4));
  }

  async #look(): Promise<void> {
    const { session, signal } = this;
    if (!session.isConnected()) return;
    const { stream } = session.names.work;
    const { state } = await session.jsm.streams.info(stream, { subjects_filter: session.names.heartbeats });
    const unknown = Object.keys(state.subjects ?? {}).filter((subject) => !this.#heard.has(subject));
    const now = performance.now();
    const silent = [...this.#heard]
      .filter(([, { at, leaseMs }]) => now - at > leaseMs / 2)
      .sort(([, a], [, b]) => a.at - b.at)
      .map(([subject]) => subject);
    await Promise.all(
      [...unknown, ...silent].slice(0, READS).map(async (subject) => {
        const message = await readLast(session, stream, subject, 0);
        if (signal.aborted) return;
        const known = this.#heard.get(subject);
        // It is its turn again when all others that are silent have been asked.
        if (known) known.at = now;
        if (message && message.seq > (known?.seq ?? 0)) this.onMissed(subject, message);
      }),
    );
  }
}
