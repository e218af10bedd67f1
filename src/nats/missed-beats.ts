import { readLast, type Session, type StoredMessage } from "./session.js";

/** A follower's last news of an agent. */
interface Heard {
  seq: number;
  data: Uint8Array;
  /** Of this process's clock, ms. */
  at: number;
  leaseMs: number;
}

/** At most so many are read at a time: when all agents are silent, the server is what is silent. */
const READS = 50;
const FIRST_LOOK_MS = 1_000;
const LOOK_MS = { least: 250, most: 10_000 };
/** What was published is stored and sent within a moment. */
const SENT_MS = 1_000;

/**
 * Finds the beats that a follower was not sent: nats-server 2.9 leaves some out when a message replaces another
 * (`Nats-Rollup`), without a gap in what it counts; 2.10 does not. Each beat is also heard as it is published: what the
 * stream has not sent a second later is asked for. So is an agent that was never heard of, and, where a beat was not
 * heard at all, one that was silent for half its lease, before anybody takes it for lost.
 */
export class MissedBeats {
  readonly #heard = new Map<string, Heard>();
  /** Published, and not sent by the stream yet. */
  readonly #published = new Map<string, Uint8Array>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onMissed told of a beat that is newer than what was heard of its agent, or that nobody knows */
  constructor(
    private readonly session: Session,
    private readonly signal: AbortSignal,
    private readonly onMissed: (subject: string, message: StoredMessage) => void,
  ) {
    const hints = session.nc.subscribe(session.names.heartbeats, {
      // Without the right to subscribe, the other looks are left.
      callback: (error, { subject, data }) => {
        if (!error) this.#hear(subject, data);
      },
    });
    const stop = (): void => {
      clearTimeout(this.#timer);
      hints.unsubscribe();
    };
    signal.addEventListener("abort", stop, { once: true });
    this.#lookIn(FIRST_LOOK_MS);
  }

  /** @returns whether it is news: what was missed may be found before it comes */
  heard(subject: string, seq: number, data: Uint8Array, leaseMs: number): boolean {
    if (isSame(this.#published.get(subject), data)) this.#published.delete(subject);
    const isNews = seq > (this.#heard.get(subject)?.seq ?? 0);
    if (isNews) this.#heard.set(subject, { seq, data, at: performance.now(), leaseMs });
    return isNews;
  }

  /** The stream began anew. */
  clear(): void {
    this.#heard.clear();
  }

  /** Asks for the agents that were never heard of, and for the silent ones: `silent` of them. */
  async look(silent = READS): Promise<void> {
    const { session } = this;
    if (!session.isConnected()) return;
    const { heartbeats, work } = session.names;
    const { state } = await session.jsm.streams.info(work.stream, { subjects_filter: heartbeats });
    const unknown = Object.keys(state.subjects ?? {}).filter((subject) => !this.#heard.has(subject));
    for (let at = 0; at < unknown.length; at += READS) await this.#ask(unknown.slice(at, at + READS));
    const now = performance.now();
    const quiet = [...this.#heard]
      .filter(([, { at, leaseMs }]) => now - at > leaseMs / 2)
      .sort(([, a], [, b]) => a.at - b.at);
    await this.#ask(quiet.slice(0, silent).map(([subject]) => subject));
  }

  #lookIn(ms: number): void {
    if (this.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.look()
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

  #hear(subject: string, data: Uint8Array): void {
    if (isSame(this.#heard.get(subject)?.data, data)) return;
    if (!this.#published.has(subject)) {
      setTimeout(() => {
        if (this.#published.delete(subject) && !this.signal.aborted) this.#ask([subject]).catch(() => undefined);
      }, SENT_MS).unref();
    }
    this.#published.set(subject, data);
  }

  async #ask(subjects: readonly string[]): Promise<void> {
    const { session, signal } = this;
    const now = performance.now();
    await Promise.all(
      subjects.map(async (subject) => {
        const message = await readLast(session, session.names.work.stream, subject, 0);
        if (signal.aborted) return;
        const known = this.#heard.get(subject);
        // It is its turn again when all others that are silent have been asked.
        if (known) known.at = now;
        if (message && message.seq > (known?.seq ?? 0)) this.onMissed(subject, message);
      }),
    );
  }
}

const isSame = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.compare(one, other) === 0;
