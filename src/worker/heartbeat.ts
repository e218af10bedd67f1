import type { Beat } from "../domain/message.js";
import { IdentityLost, sendBeat } from "../nats/registry.js";
import type { Session } from "../nats/session.js";

/** Between a change of status and its extra beat, so that a burst of tasks is not a burst of beats. */
const CHANGE_SPACING_MS = 500;
const RETRY_MS = 1_000;

export interface HeartbeatOptions {
  agentId: string;
  /** Sequence of the registration beat. */
  seq: number;
  everyMs: number;
  beat: () => Beat;
  /** Called after each accepted beat and after each reconnect: time to look whether our tasks are still ours. */
  onBeat: () => void;
  onIdentityLost: (error: IdentityLost) => void;
}

/**
 * The heartbeat of one agent: its own loop, which waits for nothing but the beat itself. Every beat is a
 * compare-and-set on the one before, so an agent whose id was taken learns it from its next beat.
 */
export class Heartbeat {
  #seq: number;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | null = null;
  /** Settles when the latest beat was answered, or not. */
  #last: Promise<void> = Promise.resolve();
  #again = false;
  /** A beat because of a change is due already. */
  #soon = false;
  #lastBeatAt = performance.now();
  #stopped = false;
  readonly #offReconnect: () => void;

  constructor(
    private readonly session: Session,
    private readonly options: HeartbeatOptions,
  ) {
    this.#seq = options.seq;
    this.#offReconnect = session.onReconnect(() => this.#beatIn(0));
    this.#beatIn(options.everyMs);
  }

  /** The status changed: a beat soon, so that others see it. */
  changed(): void {
    if (this.#soon) return;
    if (this.#sending) {
      this.#again = true;
      return;
    }
    this.#soon = true;
    this.#beatIn(Math.max(0, CHANGE_SPACING_MS - (performance.now() - this.#lastBeatAt)));
  }

  /** One beat now; resolves when it is accepted. */
  async now(): Promise<void> {
    await this.#send();
  }

  /** Ends the loop with one last beat (`offline`), unless there is no connection to send it on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#offReconnect();
    clearTimeout(this.#timer);
    await this.#sending;
    if (this.session.isConnected()) await this.#send().catch(() => undefined);
  }

  /** Ends the loop without a word: the id belongs to somebody else. */
  abandon(): void {
    this.#stopped = true;
    this.#offReconnect();
    clearTimeout(this.#timer);
  }

  #beatIn(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#soon = false;
      this.#sending ??= this.#beat().finally(() => {
        this.#sending = null;
        if (!this.#again) return;
        this.#again = false;
        this.changed();
      });
    }, ms);
  }

  async #beat(): Promise<void> {
    let next = this.options.everyMs;
    try {
      await this.#send();
      this.options.onBeat();
    } catch (error) {
      if (error instanceof IdentityLost) {
        this.abandon();
        this.options.onIdentityLost(error);
        return;
      }
      // No answer: the server is away or slow. Beat again soon; the lease is three beats long.
      next = Math.min(RETRY_MS, this.options.everyMs);
    }
    this.#beatIn(next);
  }

  /** One at a time: each is a compare-and-set on the one before. */
  #send(): Promise<void> {
    const sent = this.#last.then(() => this.#sendNext());
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  async #sendNext(): Promise<void> {
    this.#lastBeatAt = performance.now();
    const timeout = Math.max(1_000, Math.min(this.options.everyMs, 5_000));
    this.#seq = await sendBeat(this.session, this.options.beat(), this.#seq, timeout);
  }
}
