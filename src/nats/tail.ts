import { AckPolicy, type ConsumerConfig, DeliverPolicy, ReplayPolicy, type StreamInfo } from "@nats-io/jetstream";
import { createInbox, type Msg, nanos, nuid, type Subscription } from "nats";
import { BucketKeys } from "./bucket-keys.js";
import { deliveryOf } from "./delivery.js";
import { decodeJson } from "./json.js";
import type { Session } from "./session.js";

/** One stored message, as a tail hands it on. */
export interface TailMessage {
  subject: string;
  seq: number;
  time: Date;
  headers: Msg["headers"];
  data: Uint8Array;
  json: () => unknown;
}

export interface TailOptions {
  stream: string;
  filter: string;
  /** `last`: the newest of each subject, then what comes. `new`: only what comes. `all`: from the beginning. */
  start: "last" | "new" | "all" | { seq: number } | { time: Date };
  /** Messages come without their data. */
  headersOnly?: boolean;
  onMessage: (message: TailMessage) => void;
  /** Called once, when everything that was stored at the start has been handed on. */
  onCaughtUp?: () => void;
  /** Called when it had to begin anew where it was: for a while nothing was heard. */
  onBreak?: () => void;
  /** Called when the stream turned out to be another one than before: what was known of it is void. */
  onReset?: () => void;
  signal: AbortSignal;
}

const IDLE_HEARTBEAT_MS = 5_000;
const RETRY_MS = 1_000;

/**
 * Follows a stream in order and without gaps, across lost messages, reconnects, server restarts and leader changes.
 *
 * The client library's ordered consumer does the same but notices a lost consumer only after two silences of 30 s
 * (fixed in the library), which would leave a dispatcher blind for a minute after a server restart: this one
 * looks again at once after a reconnect, and after 10 s of silence.
 */
export function tail(session: Session, options: TailOptions): void {
  new Tail(session, options);
}

class Tail {
  #subscription: Subscription | null = null;
  #consumer = "";
  #delivered = 0;
  #lastSeq = 0;
  /** When the stream was made, once it was asked. */
  #created = "";
  #pendingAtStart: number | null = null;
  /** The stream's last sequence when this consumer was made. */
  #lastAtStart = Number.POSITIVE_INFINITY;
  #caughtUp = false;
  /** Until all of a bucket is there. */
  #keys: BucketKeys | null = null;
  /** The generation in which they are counted. */
  #counting = 0;
  #heardAt = 0;
  #silence: NodeJS.Timeout | undefined;
  #generation = 0;

  constructor(
    private readonly session: Session,
    private readonly options: TailOptions,
  ) {
    if (options.signal.aborted) return;
    const offReconnect = session.onReconnect(() => this.#restart());
    const stop = (): void => {
      offReconnect();
      this.#stop();
    };
    options.signal.addEventListener("abort", stop, { once: true });
    this.#restart();
  }

  #restart(): void {
    this.#stop();
    if (this.#generation > 1) this.options.onBreak?.();
    const generation = ++this.#generation;
    this.#open(generation).catch(() => {
      setTimeout(() => {
        if (generation === this.#generation && !this.options.signal.aborted) this.#restart();
      }, RETRY_MS).unref();
    });
  }

  #stop(): void {
    this.#generation++;
    clearInterval(this.#silence);
    this.#subscription?.unsubscribe();
    this.#subscription = null;
    const { stream } = this.options;
    if (this.#consumer !== "" && !this.session.nc.isClosed()) {
      // Best effort: an abandoned consumer goes by itself after its inactivity threshold.
      this.session.jsm.consumers.delete(stream, this.#consumer).catch(() => undefined);
    }
    this.#consumer = "";
  }

  async #open(generation: number): Promise<void> {
    const { session, options } = this;
    const stream = await session.jsm.streams.info(options.stream);
    if (generation !== this.#generation) return;
    this.#checkStream(stream);
    // Who is told of another stream may end this.
    if (generation !== this.#generation) return;
    this.#lastAtStart = stream.state.last_seq;
    const inbox = createInbox();
    this.#delivered = 0;
    this.#pendingAtStart = null;
    this.#subscription = session.nc.subscribe(inbox, {
      callback: (error, message) => {
        if (generation === this.#generation && !error) this.#take(message);
      },
    });
    const name = `tail_${nuid.next()}`;
    // Known before it is there: whoever stops us meanwhile deletes it.
    this.#consumer = name;
    const info = await session.jsm.consumers.add(options.stream, {
      name,
      deliver_subject: inbox,
      filter_subject: options.filter,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: nanos(IDLE_HEARTBEAT_MS),
      inactive_threshold: nanos(30_000),
      mem_storage: true,
      num_replicas: 1,
      ...(options.headersOnly === true && { headers_only: true }),
      ...this.#position(),
    });
    if (generation !== this.#generation) return;
    this.#watchSilence();
    // Some may have been sent before the server counted: what there was is what it counts plus those.
    this.#pendingAtStart = info.num_pending + info.delivered.consumer_seq;
    this.#noteCaughtUp();
  }

  #position(): Partial<ConsumerConfig> {
    const { start } = this.options;
    if (this.#lastSeq > 0 || start === "new") {
      return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#lastSeq + 1 };
    }
    if (typeof start === "object") {
      return "seq" in start
        ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.seq }
        : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time.toISOString() };
    }
    if (start === "last") return { deliver_policy: DeliverPolicy.LastPerSubject };
    return { deliver_policy: DeliverPolicy.All };
  }

  /** A stream that was made at another time, or ends before what we have read, is another one: begin again. */
  #checkStream({ created, config, state }: StreamInfo): void {
    const isFirst = this.#created === "";
    const isOther = !isFirst && (created !== this.#created || state.last_seq < this.#lastSeq);
    this.#created = created;
    const isBucket = this.options.start === "last" && BucketKeys.areOf(config, this.options.filter);
    if (isFirst || isOther) this.#keys = isBucket ? new BucketKeys() : null;
    // "New" is fixed here: a break before the first message must not skip what came during it.
    if (isFirst && this.options.start === "new") this.#lastSeq = state.last_seq;
    if (!isOther) return;
    this.#lastSeq = 0;
    this.#caughtUp = false;
    this.options.onReset?.();
  }

  #take(message: Msg): void {
    this.#heardAt = performance.now();
    const { headers } = message;
    const meta = deliveryOf(message.reply ?? "");
    // A message that is stored may carry this status too: whoever published it chose its headers.
    if (!meta && message.data.length === 0 && headers?.code === 100) {
      // Flow control asks for an answer; a heartbeat may carry the subject of one that got lost.
      const stalled = headers.get("Nats-Consumer-Stalled");
      if (message.reply) message.respond();
      else if (stalled !== "") this.session.nc.publish(stalled);
      else if (Number(headers.get("Nats-Last-Consumer")) > this.#delivered) this.#restart();
      else this.#noteCaughtUp(true);
      return;
    }
    if (!meta) return;
    if (meta.delivered !== this.#delivered + 1) {
      this.#restart();
      return;
    }
    this.#delivered = meta.delivered;
    this.#lastSeq = meta.seq;
    const { data, subject } = message;
    this.#keys?.add(subject);
    this.options.onMessage({ subject, seq: meta.seq, time: meta.time, headers, data, json: () => decodeJson(data) });
    this.#noteCaughtUp();
  }

  /**
   * By the server's count, or by how far we have come: from the middle of a stream that has gaps (messages that were
   * replaced), 2.9 counts more than it sends.
   * @param isIdle the server said that it has nothing to send
   */
  #noteCaughtUp(isIdle = false): void {
    const isCounted = this.#pendingAtStart !== null && this.#delivered >= this.#pendingAtStart;
    if (this.#caughtUp || !(isCounted || isIdle || this.#lastSeq >= this.#lastAtStart)) return;
    if (this.#keys && !isIdle) void this.#countKeys(this.#generation);
    else this.#setCaughtUp();
  }

  async #countKeys(generation: number): Promise<void> {
    if (this.#counting === generation) return;
    this.#counting = generation;
    const isWaiting = (): boolean => generation === this.#generation && !this.#caughtUp;
    try {
      await this.#keys?.all(this.session, this.options.stream, isWaiting);
    } catch {
      // Not answered: what comes next, or that nothing comes, has it counted again.
      this.#counting = 0;
      return;
    }
    if (isWaiting()) this.#setCaughtUp();
  }

  #setCaughtUp(): void {
    this.#caughtUp = true;
    this.#keys = null;
    this.options.onCaughtUp?.();
  }

  #watchSilence(): void {
    this.#heardAt = performance.now();
    this.#silence = setInterval(() => {
      if (performance.now() - this.#heardAt > 2 * IDLE_HEARTBEAT_MS) this.#restart();
    }, IDLE_HEARTBEAT_MS / 2);
    this.#silence.unref();
  }
}
