import {
  jetstream,
  type JetStreamClient,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type MsgRequest,
} from "@nats-io/jetstream";
import type { NatsConnection } from "nats";
import { MjError, messageOf } from "../errors.js";
import { AckedPublisher, type PublishOptions, Unanswered } from "./acked-publisher.js";
import { ServerClock } from "./clock.js";
import { onStatus } from "./connect.js";
import { type Names, namesOf, type Workspace } from "./names.js";
import { whileStarting } from "./starting.js";
import { ensureTopology } from "./topology.js";

/** One connection with everything that is needed to work in one workspace. */
export interface Session {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** Publishes to streams: what is not acknowledged does not count. */
  readonly publisher: AckedPublisher;
  readonly workspace: Workspace;
  readonly names: Names;
  /** Tells the data of this server from those of another with the same workspace: when its task bucket was made. */
  readonly storeId: string;
  /** The server we are connected to, without credentials. */
  readonly url: string;
  /** The server's time, ISO-8601 UTC: what records are stamped with. */
  now(): string;
  /** False while the connection is broken or closed. */
  isConnected(): boolean;
  /** Resolves when the connection stands (at once when it does), is closed for good, or `withinMs` have passed. */
  whenConnected(withinMs: number): Promise<void>;
  /** Calls back after each reconnect, until the function it returns is called. */
  onReconnect(listener: () => void): () => void;
  /** Calls back each time the connection breaks, until the function it returns is called. */
  onDisconnect(listener: () => void): () => void;
}

/** JetStream's error code for a compare-and-set that lost. */
const WRONG_LAST_SEQUENCE = 10071;
/** The same on a clustered stream, while another write to the subject is in flight (2.12+). */
const WRONG_LAST_SEQUENCE_CONSTANT = 10164;
const NO_MESSAGE = 10037;
/** What the server answers takes milliseconds: no answer means that it is lost. */
const API_TIMEOUT_MS = 2_500;

/** Wraps a connection: makes what is missing on the server, and refuses what is there with other settings. */
export async function openSession(
  nc: NatsConnection,
  workspace: Workspace,
  onNotice: (message: string) => void = () => undefined,
): Promise<Session> {
  let jsm: JetStreamManager;
  try {
    jsm = await whileStarting(() => jetstreamManager(nc, { timeout: API_TIMEOUT_MS }));
  } catch (cause) {
    throw new MjError("failure", `JetStream is not usable on ${nc.getServer()}`, {
      why: messageOf(cause),
      hint: "start nats-server with -js, or use the local one: mjagent server start",
      cause,
    });
  }
  const names = namesOf(workspace);
  const version = nc.info?.version ?? "";
  await ensureTopology(jsm, names, { replicas: workspace.replicas, version }, onNotice);
  const { created } = await whileStarting(() => jsm.streams.info(names.tasks.stream));
  const clock = await whileStarting(() => ServerClock.start(nc, jsm, names.tasks.stream));
  const reconnected = new Set<() => void>();
  const disconnected = new Set<() => void>();
  let connected = true;
  onStatus(nc, ({ type }) => {
    const before = connected;
    connected = type === "reconnected";
    if (connected) for (const listener of [...reconnected]) listener();
    else if (before) for (const listener of [...disconnected]) listener();
  });
  return {
    nc,
    jsm,
    js: jetstream(nc),
    publisher: new AckedPublisher(nc),
    workspace,
    names,
    storeId: Date.parse(created).toString(36),
    url: `nats://${nc.getServer()}`,
    isConnected: () => connected,
    async whenConnected(withinMs) {
      if (connected || nc.isClosed() || withinMs <= 0) return;
      let back = (): void => undefined;
      const again = new Promise<void>((resolve) => (back = resolve));
      const bound = Number.isFinite(withinMs) ? setTimeout(back, withinMs) : undefined;
      reconnected.add(back);
      await Promise.race([again, nc.closed()]);
      reconnected.delete(back);
      clearTimeout(bound);
    },
    now: () => new Date(clock.now()).toISOString(),
    onReconnect(listener) {
      reconnected.add(listener);
      return () => reconnected.delete(listener);
    },
    onDisconnect(listener) {
      disconnected.add(listener);
      return () => disconnected.delete(listener);
    },
  };
}

/** True when a compare-and-set lost: somebody else wrote first. */
export const isConflict = (error: unknown): boolean =>
  error instanceof JetStreamApiError &&
  (error.code === WRONG_LAST_SEQUENCE || error.code === WRONG_LAST_SEQUENCE_CONSTANT);

/** Errors of the client after which nobody knows whether the server did what it was asked. */
const UNANSWERED = new Set(["TimeoutError", "RequestError", "NoResponders", "JetStreamNotEnabled"]);

/** True when no answer came, or the server could not answer for now: what was asked may have been done, or not. */
export function isUnanswered(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503;
  return error instanceof Unanswered || (error instanceof Error && UNANSWERED.has(error.name));
}

/** Publishes JSON and waits until the stream has stored it. @returns its sequence. */
export function publishJson(
  session: Session,
  subject: string,
  body: unknown,
  options?: PublishOptions,
): Promise<number> {
  return session.publisher.publish(subject, JSON.stringify(body), options);
}

/** A message as a stream's leader has it. */
export interface StoredMessage {
  data: Uint8Array;
  headers: (name: string) => string;
  seq: number;
  time: Date;
}

/** A leader that died is replaced within seconds, on a busy machine within many; who asked it must ask again. */
const PATIENCE_MS = 30_000;
const AGAIN_MS = 100;

/** The last message of a subject as the stream's leader has it: the read that settles a conflict. @param patienceMs as of `readMessage` */
export function readLast(
  session: Session,
  stream: string,
  subject: string,
  patienceMs?: number,
): Promise<StoredMessage | null> {
  return readMessage(session, stream, { last_by_subj: subject }, patienceMs);
}

/**
 * One message as the stream's leader has it; null when there is none.
 * @param patienceMs for how long a read without an answer is repeated; 0: not at all
 */
export async function readMessage(
  session: Session,
  stream: string,
  query: MsgRequest,
  patienceMs = PATIENCE_MS,
): Promise<StoredMessage | null> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      const message = await session.jsm.streams.getMessage(stream, query);
      if (!message) return null;
      const { data, seq, time } = message;
      return { data, seq, time, headers: (name) => message.header.get(name) };
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === NO_MESSAGE) return null;
      if (!isUnanswered(error) || session.nc.isClosed() || performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    await session.whenConnected(until - performance.now());
  }
}

/**
 * Publishes what the record says already, so that the world hears of it: again when no answer came. The id makes a
 * second one a duplicate that the stream drops.
 */
export async function publishEvent(
  session: Session,
  subject: string,
  body: unknown,
  options: PublishOptions & { msgID: string },
): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await publishJson(session, subject, body, options);
      return;
    } catch (error) {
      if (!isUnanswered(error) || session.nc.isClosed() || performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    await session.whenConnected(until - performance.now());
  }
}
