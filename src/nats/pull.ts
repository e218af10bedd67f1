import { once } from "node:events";
import { createInbox, type Msg, type Subscription } from "nats";
import { deliveryOf } from "./delivery.js";
import type { Session } from "./session.js";

const LONG_POLL_MS = 10_000;
/** So long an answer of the server may take before a pull counts as lost. */
const ANSWER_MS = 2_000;
const RETRY_MS = 500;

/** Some of the messages of one pull: how many at most, and the positions of the consumers to ask, best first. */
export interface Share {
  max: number;
  order: readonly number[];
}

/** A message of a durable consumer, with the ways to settle it. Acks are hints too: none of them is waited for. */
export interface Pulled {
  /** Position of its consumer in the list that was asked. */
  from: number;
  message: Msg;
  /** How often it was delivered, from 1. */
  tries: number;
  ack(): void;
  /** Tells the server that the work on it goes on: its ack_wait starts anew. */
  working(): void;
  /** Gives it back, to be delivered again, to anybody, after `delayMs`. */
  release(delayMs?: number): void;
}

/**
 * Pulls from durable consumers of one stream, only when asked and only as many as asked: nothing is prefetched.
 * The client library's consumers prefetch and cannot ask several consumers for one message, hence this.
 */
export class PullSource {
  /** For requests that are answered at once; opened with the first and kept. */
  #answers: Inbox | undefined;
  /** A consumer did not take a request since the last look. */
  #refused = false;
  /** Requests that wait for their answers. */
  readonly #open = new Set<Pull>();

  constructor(
    private readonly session: Session,
    private readonly stream: string,
    private readonly consumers: readonly string[],
    /** Makes the consumers; called again when the server seems to have lost them. */
    private readonly ensure: () => Promise<unknown>,
  ) {}

  /** Waits for as many messages as the shares have, at least one, for ever if the connection is closed: then none come. */
  async pull(shares: readonly Share[], signal: AbortSignal): Promise<Pulled[]> {
    const stop = (): void => {
      for (const pull of this.#open) pull.end();
    };
    signal.addEventListener("abort", stop);
    // The server forgets open pulls when the connection breaks.
    const offReconnect = this.session.onReconnect(stop);
    try {
      while (!signal.aborted) {
        const ready = await this.#sweep(shares, signal);
        if (ready.length > 0) return ready;
        if (this.#refused) await this.#recover(signal);
        const first = await this.#wait(signal);
        if (first) return [first];
        if (this.#refused) await this.#recover(signal);
      }
    } catch (error) {
      if (!this.session.nc.isClosed()) throw error;
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      offReconnect();
      signal.removeEventListener("abort", stop);
    }
    this.#answers?.close();
    this.#answers = undefined;
    return [];
  }

  /** What is there right now, share by share and consumer by consumer. */
  async #sweep(shares: readonly Share[], signal: AbortSignal): Promise<Pulled[]> {
    this.#answers ??= new Inbox(this.session);
    const found: Pulled[] = [];
    const empty = new Set<number>();
    for (const { max, order } of shares) {
      let left = max;
      for (const from of order) {
        if (left === 0) break;
        if (empty.has(from)) continue;
        if (signal.aborted) return found;
        const pull = this.#request(this.#answers, from, { batch: left, no_wait: true }, ANSWER_MS);
        const messages = await pull.all();
        found.push(...messages);
        this.#refused ||= pull.refused;
        if (pull.refused) return found;
        if (messages.length < left) empty.add(from);
        left -= messages.length;
      }
    }
    return found;
  }

  /** The first message to arrive at any consumer; a second one that arrives meanwhile goes back at once. */
  async #wait(signal: AbortSignal): Promise<Pulled | undefined> {
    if (signal.aborted) return undefined;
    // An inbox of its own: closing it is how the server learns that nobody waits any more.
    const inbox = new Inbox(this.session);
    const request = { batch: 1, expires: LONG_POLL_MS * 1e6 };
    const pulls = this.consumers.map((_, from) => this.#request(inbox, from, request, LONG_POLL_MS + ANSWER_MS));
    const arrivals = Promise.all(pulls.map((pull) => pull.all()));
    // The first message, a refusal, or the end of all.
    await Promise.race([...pulls.map((pull) => pull.first), arrivals]);
    this.#refused ||= pulls.some((pull) => pull.refused);
    for (const pull of pulls) if (!pull.ended) pull.end();
    inbox.close();
    const [first, ...rest] = (await arrivals).flat();
    for (const message of rest) message.release();
    return first;
  }

  async #recover(signal: AbortSignal): Promise<void> {
    this.#refused = false;
    if (signal.aborted) return;
    await this.ensure().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }

  #request(inbox: Inbox, from: number, request: PullRequest, boundMs: number): Pull {
    const consumer = this.consumers[from] ?? "";
    const pull = new Pull(from, request.batch, boundMs, () => this.#open.delete(pull));
    this.#open.add(pull);
    const subject = `${this.session.js.apiPrefix}.CONSUMER.MSG.NEXT.${this.stream}.${consumer}`;
    this.session.nc.publish(subject, JSON.stringify(request), { reply: inbox.expect(consumer, pull) });
    return pull;
  }
}

interface PullRequest {
  batch: number;
  no_wait?: boolean;
  /** Nanoseconds. */
  expires?: number;
}

/** One subscription for the answers to several pulls, of which there is one at a time for each consumer. */
class Inbox {
  readonly #subject = createInbox();
  readonly #pulls = new Map<string, { id: number; pull: Pull }>();
  readonly #subscription: Subscription;
  #ids = 0;

  constructor(private readonly session: Session) {
    this.#subscription = session.nc.subscribe(`${this.#subject}.*.*`, {
      callback: (error, message) => {
        if (!error) this.#take(message);
      },
    });
  }

  /** @returns the subject the answers come to */
  expect(consumer: string, pull: Pull): string {
    const id = ++this.#ids;
    this.#pulls.set(consumer, { id, pull });
    return `${this.#subject}.${consumer}.${id}`;
  }

  /**
   * A message may be on its way: draining still takes it in, and releases it. Unsubscribing would leave it hidden
   * until its ack_wait is over.
   */
  close(): void {
    if (!this.session.nc.isClosed()) this.#subscription.drain().catch(() => undefined);
  }

  #take(message: Msg): void {
    const { reply } = message;
    if (reply === undefined || reply === "") {
      // A status (none there, expired, consumer gone), on the subject its request named.
      const [consumer = "", id] = message.subject.slice(this.#subject.length + 1).split(".");
      const expected = this.#pulls.get(consumer);
      if (expected && expected.id === Number(id)) expected.pull.end(isRefusal(message));
      return;
    }
    // A message comes on its own subject; which consumer sent it stands in the subject to ack on.
    const delivery = deliveryOf(reply);
    const pulled = settleable(message, delivery?.tries ?? 1);
    const pull = this.#pulls.get(delivery?.consumer ?? "")?.pull;
    if (pull?.ended === false) pull.take(pulled);
    else pulled.release();
  }
}

/** No consumer listens (503), or it was deleted, moved or is overrun (409): asking again needs a look first. */
const isRefusal = ({ headers }: Msg): boolean => headers?.code === 503 || headers?.code === 409;

/** One pull request, until it is filled, refused, expired or ended. */
class Pull {
  /** Settles with the first message, or a refusal. */
  readonly first: Promise<void>;
  readonly #messages: Pulled[] = [];
  readonly #done: Promise<void>;
  readonly #bound: NodeJS.Timeout;
  #arrived: () => void = () => undefined;
  #finish: () => void = () => undefined;
  ended = false;
  refused = false;

  constructor(
    private readonly from: number,
    private readonly batch: number,
    boundMs: number,
    private readonly onEnd: () => void,
  ) {
    this.first = new Promise((resolve) => (this.#arrived = resolve));
    this.#done = new Promise((resolve) => (this.#finish = resolve));
    // Some servers say nothing at all for a consumer that does not exist.
    this.#bound = setTimeout(() => this.end(true), boundMs);
  }

  take(message: Omit<Pulled, "from">): void {
    this.#messages.push({ ...message, from: this.from });
    this.#arrived();
    if (this.#messages.length >= this.batch) this.end();
  }

  /** @param refused the server will not answer this: the consumer is gone, say */
  end(refused = false): void {
    this.ended = true;
    this.refused = refused;
    if (refused) this.#arrived();
    this.onEnd();
    clearTimeout(this.#bound);
    this.#finish();
  }

  async all(): Promise<Pulled[]> {
    await this.#done;
    return this.#messages;
  }
}

function settleable(message: Msg, tries: number): Omit<Pulled, "from"> {
  return {
    message,
    tries,
    ack: () => void message.respond("+ACK"),
    working: () => void message.respond("+WPI"),
    release: (ms = 0) => void message.respond(ms > 0 ? `-NAK {"delay":${Math.round(ms * 1e6)}}` : "-NAK"),
  };
}
