import { EXIT_CODES, messageOf, MjError } from "../errors.js";
import { manyLines, oneLine, safeJson } from "./text.js";

export interface ReportOptions {
  json?: boolean;
  /** Show stacks. */
  debug?: boolean;
  /** Makes the word "error" red. */
  red?: (text: string) => string;
}

const BUG = "this looks like a bug in mjagent: run it again with --debug for the stack";

/**
 * What stderr shows of an error: what, why, and the next step, one line each. With `--json` one JSON document, whose
 * message holds what and why.
 */
export function reportOf(thrown: unknown, options: ReportOptions = {}): string {
  const { json = false, debug = false, red = (text: string) => text } = options;
  const error = asMjError(thrown);
  const { code, message, why, hint, retryable } = error;
  if (json) {
    const full = why === undefined ? message : `${message}: ${why}`;
    return safeJson({
      error: { code, message: full, hint: hint ?? null, retryable, ...(debug && { stack: stackOf(thrown) }) },
    });
  }
  const lines = message.includes("\n")
    ? [`${red("error:")} ${message.split("\n").length} problems`, manyLines(message)]
    : [`${red("error:")} ${oneLine(message)}`];
  if (why !== undefined) lines.push(`  why: ${oneLine(why)}`);
  if (hint !== undefined) lines.push(`  next: ${oneLine(hint)}`);
  if (debug) lines.push(manyLines(stackOf(thrown)));
  return lines.join("\n");
}

/** The exit code of an error: the table of src/errors.ts. */
export const exitCodeOf = (thrown: unknown): number => EXIT_CODES[asMjError(thrown).code];

/** Names of the errors of requests that were not answered (src/nats/session.ts); nothing of NATS is loaded here. */
const UNANSWERED = new Set(["TimeoutError", "Unanswered", "RequestError", "NoResponders"]);

/** JetStream's own answer that it cannot answer for now is one of them. */
const isUnanswered = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (UNANSWERED.has(thrown.name) || (thrown.name === "JetStreamApiError" && "status" in thrown && thrown.status === 503));

function asMjError(thrown: unknown): MjError {
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

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = thrown.stack ?? thrown.message;
  return thrown.cause === undefined ? own : `${own}\ncaused by: ${stackOf(thrown.cause)}`;
}
