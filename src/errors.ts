/** Exit code of each error code: the one table (CONTRACT "Exit codes"; 0 is success). */
export const EXIT_CODES = {
  failure: 1,
  usage: 2,
  not_found: 3,
  auth: 4,
  unreachable: 5,
  conflict: 6,
  task_failed: 7,
  pending: 8,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

export interface MjErrorOptions {
  /** Why it happened, one line. */
  why?: string | undefined;
  /** The next step for the reader, one line. */
  hint?: string | undefined;
  /** True when the same call may succeed later without a change. */
  retryable?: boolean;
  cause?: unknown;
}

/** An error written for the person at the terminal: what (the message), why, and the next step. */
export class MjError extends Error {
  override readonly name = "MjError";
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor(
    readonly code: ErrorCode,
    what: string,
    options: MjErrorOptions = {},
  ) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause });
    this.why = options.why;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`, …), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

const BUG = "this looks like a bug in mjagent: run it again with --debug for the stack";

/** Names of the errors of requests that were not answered (src/nats/session.ts); nothing of NATS is loaded here. */
const UNANSWERED = new Set(["TimeoutError", "Unanswered", "RequestError", "NoResponders"]);

/** JetStream's own answer that it cannot answer for now is one of them. */
const isUnanswered = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (UNANSWERED.has(thrown.name) || (thrown.name === "JetStreamApiError" && "status" in thrown && thrown.status === 503));

/** Anything thrown as an error for people: a request that NATS did not answer is `unreachable`, what nobody foresaw `failure`. */
export function asMjError(thrown: unknown): MjError {
  if (thrown instanceof MjError) return thrown;
  const why = messageOf(thrown);
  if (!isUnanswered(thrown)) {
    return new MjError("failure", why, { hint: BUG, cause: thrown });
  }
  return new MjError("unreachable", "NATS did not answer", {
    why: `${why}; in a cluster, too few servers may be up`,
    hint: "try again; what was asked for may have been done: mjagent tasks list",
    retryable: true,
    cause: thrown,
  });
}

/** Where it was thrown, and what caused it. */
export function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = thrown.stack ?? thrown.message;
  return thrown.cause === undefined ? own : `${own}\ncaused by: ${stackOf(thrown.cause)}`;
}
