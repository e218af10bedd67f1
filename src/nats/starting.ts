import { JetStreamApiError } from "@nats-io/jetstream";
import { Unanswered } from "./acked-publisher.js";

/** A cluster on a busy machine takes many seconds to elect leaders; 2.15.1 takes ten to copy a stream with consumers. */
const STARTING_MS = 30_000;
const STARTING_LOOK_MS = 250;
/** A cluster that knows too few of its servers to place copies: those that have just started join within seconds. */
const NO_PEERS = 10005;

/**
 * Tries again while a stream has no leader that could answer, or is being copied. What is tried must be harmless to do
 * twice: it may have been done without an answer.
 */
export async function whileStarting<T>(work: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + STARTING_MS; ;) {
    try {
      return await work();
    } catch (error) {
      if (!isNotReady(error) || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, STARTING_LOOK_MS));
    }
  }
}

/** A server without JetStream is not meant: nobody listens there, which the client calls another name. */
const isNotReady = (error: unknown): boolean =>
  error instanceof JetStreamApiError
    ? error.status === 503 || error.code === NO_PEERS
    : error instanceof Unanswered || (error instanceof Error && error.name === "TimeoutError");
