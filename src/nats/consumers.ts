import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
} from "@nats-io/jetstream";
import { nanos } from "nats";
import { LANES } from "../domain/lanes.js";
import type { Names } from "./names.js";

const CONSUMER_NOT_FOUND = 10014;
/**
 * A token that was handed out is hidden from others for this long. Short: the record decides what becomes of a token, so
 * one that comes twice is harmless, and one whose holder died should not be away for long. Holders that live say so.
 */
export const TOKEN_ACK_WAIT_MS = 5_000;

/** A durable consumer: each message goes to one process and comes again until it is acked. */
export interface DurableConsumer {
  name: string;
  /** The messages it is for. */
  subject: string;
  start: "all" | "new";
  /** A message that is not settled for this long comes again; `working` starts it anew. */
  ackWaitMs: number;
}

/** What a stream says of a consumer; null when it has none of that name. */
export async function consumerInfo(jsm: JetStreamManager, stream: string, name: string): Promise<ConsumerInfo | null> {
  try {
    return await jsm.consumers.info(stream, name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return null;
    throw error;
  }
}

/**
 * Makes a durable consumer where it is missing. One that is there gets the wait it should have and stays as it is
 * otherwise.
 */
export async function ensureConsumer(jsm: JetStreamManager, stream: string, wanted: DurableConsumer): Promise<void> {
  const { name, subject, start } = wanted;
  const ack_wait = nanos(wanted.ackWaitMs);
  const actual = await consumerInfo(jsm, stream, name);
  if (actual === null) {
    await jsm.consumers.add(stream, {
      durable_name: name,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: start === "all" ? DeliverPolicy.All : DeliverPolicy.New,
      ack_wait,
      max_deliver: -1,
      max_ack_pending: -1,
      max_waiting: 4_096,
    });
  } else if (actual.config.ack_wait !== ack_wait) {
    // Never its filter: 2.9.10 loses messages when that is changed.
    await jsm.consumers.update(stream, name, { ack_wait });
  }
}

/** One durable consumer per lane, shared by every agent of the role. */
export async function ensureLaneConsumers(jsm: JetStreamManager, names: Names, role: string): Promise<void> {
  await Promise.all(
    LANES.map((lane) => {
      const { consumer: name, filter: subject } = names.lane(role, lane);
      const wanted = { name, subject, start: "all" as const, ackWaitMs: TOKEN_ACK_WAIT_MS };
      return ensureConsumer(jsm, names.queue.stream, wanted);
    }),
  );
}
