import { connect, type NatsConnection } from "nats";
import { MjError } from "../errors.js";
import { connectError } from "./connect-error.js";
import { authenticatorsOf, tlsOf } from "./credentials.js";
import type { NatsSettings } from "./settings.js";

export type { NatsConnection } from "nats";

export interface ConnectOptions {
  /** What the server shows for this connection. */
  name: string;
  /** The bound on connecting, all servers together, in ms. */
  timeoutMs: number;
  signal?: AbortSignal;
}

// A dead peer is noticed after two pings without an answer.
const PING_INTERVAL_MS = 10_000;
const RECONNECT_MIN_MS = 250;
const RECONNECT_MAX_MS = 2_000;

/**
 * Connects, and from then on reconnects for ever. The first attempt is one round over the servers, within `timeoutMs`
 * even when a host swallows packets.
 * @throws MjError `unreachable`, `auth`, or `usage` for missing or broken credential files
 */
export async function connectNats(settings: NatsSettings, options: ConnectOptions): Promise<NatsConnection> {
  const { name, timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const authenticator = authenticatorsOf(settings);
  const tls = tlsOf(settings);
  let abandoned = false;
  const connecting = connect({
    servers: settings.servers,
    name,
    timeout: timeoutMs,
    waitOnFirstConnect: false,
    maxReconnectAttempts: -1,
    // Two refusals in a row would end a connection for good; but credentials get renewed while an agent waits.
    ignoreAuthErrorAbort: true,
    pingInterval: PING_INTERVAL_MS,
    // Capturing a stack for every request, in case it fails, costs a fifth of a busy worker's time (measured).
    noAsyncTraces: true,
    // Called before each dial: the only way to end a first round that goes on after we gave up on it.
    reconnectDelayHandler: () => {
      if (abandoned) throw new Error("gave up connecting");
      return RECONNECT_MIN_MS + Math.random() * (RECONNECT_MAX_MS - RECONNECT_MIN_MS);
    },
    ...(authenticator.length > 0 && { authenticator }),
    ...(tls && { tls }),
    ...(settings.inboxPrefix !== undefined && { inboxPrefix: settings.inboxPrefix }),
  });
  try {
    return await withinBound(connecting, timeoutMs, signal);
  } catch (error) {
    abandoned = true;
    connecting.then(
      (late) => late.close(),
      () => undefined,
    );
    if (error instanceof MjError || signal?.aborted === true) throw error;
    throw connectError(error, settings, timeoutMs);
  }
}

/** The client's own timeout is for one address of one server, and does not cover looking the host up. */
async function withinBound<T>(work: Promise<T>, timeoutMs: number, signal: AbortSignal | undefined): Promise<T> {
  let stop = (): void => undefined;
  const bound = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new TimedOut()), timeoutMs);
    const onAbort = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    signal?.addEventListener("abort", onAbort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    stop();
  }
}

class TimedOut extends Error {
  override readonly name = "TimeoutError";
}

/** What a connection goes through while it is open. */
export type ConnectionEvent =
  | { type: "disconnected"; server: string }
  | { type: "reconnected"; server: string }
  | { type: "closed"; error: Error | undefined };

/** Calls back for each event, until the connection is closed. What the listener throws is dropped. */
export function onStatus(connection: NatsConnection, listener: (event: ConnectionEvent) => void): void {
  const tell = (event: ConnectionEvent): void => {
    try {
      listener(event);
    } catch {
      // A listener must not be able to end the loop that tells the others.
    }
  };
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === "disconnect") tell({ type: "disconnected", server: status.server });
      if (status.type === "reconnect") tell({ type: "reconnected", server: status.server });
    }
  })();
  void connection.closed().then((error) => tell({ type: "closed", error: error ?? undefined }));
}
