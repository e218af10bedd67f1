import { AckPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { nanos, nuid, type NatsConnection } from "nats";
import { onStatus } from "./connect.js";

const RESYNC_MS = 60_000;

/**
 * The server's time, kept going on this process's monotonic clock: records are stamped with it, so that a host whose
 * clock is wrong, or is set while we run, changes nothing. Off by half a round trip at most.
 */
export class ServerClock {
  /** What to add to `performance.now()`. */
  #offset: number;

  private constructor(
    private readonly jsm: JetStreamManager,
    private readonly stream: string,
    offset: number,
  ) {
    this.#offset = offset;
  }

  /** Asks the server what time it is, and again from time to time. @param stream one that is there */
  static async start(nc: NatsConnection, jsm: JetStreamManager, stream: string): Promise<ServerClock> {
    const clock = new ServerClock(jsm, stream, await measure(jsm, stream));
    // The monotonic clock stands still while a machine sleeps, and drifts a little.
    const resync = (): void => void clock.#sync();
    const timer = setInterval(resync, RESYNC_MS).unref();
    onStatus(nc, ({ type }) => {
      if (type === "reconnected") resync();
      if (type === "closed") clearInterval(timer);
    });
    return clock;
  }

  /** Epoch ms. */
  now(): number {
    return performance.now() + this.#offset;
  }

  async #sync(): Promise<void> {
    try {
      this.#offset = await measure(this.jsm, this.stream);
    } catch {
      // Not answered: what we know is still good.
    }
  }
}

async function measure(jsm: JetStreamManager, stream: string): Promise<number> {
  const before = performance.now();
  const time = await serverTime(jsm, stream);
  return Date.parse(time) - (before + performance.now()) / 2;
}

/** Answers of the JetStream API carry the time from 2.10 on. Before, the server stamps what it makes. */
async function serverTime(jsm: JetStreamManager, stream: string): Promise<string> {
  const { ts } = (await jsm.streams.info(stream)) as { ts?: string };
  if (ts !== undefined) return ts;
  const name = `clock_${nuid.next()}`;
  const { created } = await jsm.consumers.add(stream, {
    name,
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(5_000),
    mem_storage: true,
  });
  jsm.consumers.delete(stream, name).catch(() => undefined);
  return created;
}
