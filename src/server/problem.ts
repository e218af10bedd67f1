import { asMjError, type ErrorCode, MjError, type MjErrorOptions } from "../errors.js";

/** What a failed request answers: RFC 9457, with the codes of the command line. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /** What happened, and why. */
  detail: string;
  code: ErrorCode;
  /** The next step. */
  hint: string | null;
  /** True when the same request may succeed later. */
  retryable: boolean;
}

export const PROBLEM_TYPE = "application/problem+json";

/** The HTTP status of each error code. */
const STATUS: Record<ErrorCode, number> = {
  failure: 500,
  usage: 400,
  not_found: 404,
  auth: 401,
  unreachable: 503,
  conflict: 409,
  task_failed: 500,
  pending: 504,
};

const TITLES: Record<ErrorCode, string> = {
  failure: "It did not work",
  usage: "The request is not right",
  not_found: "Not found",
  auth: "Not let in",
  unreachable: "NATS is not reachable",
  conflict: "It does not apply now",
  task_failed: "The task has failed",
  pending: "Not done yet",
};

/** An error that only HTTP knows, with its own status. */
export class Refused extends MjError {
  constructor(
    readonly status: number,
    code: ErrorCode,
    what: string,
    options: MjErrorOptions = {},
  ) {
    super(code, what, options);
  }
}

/** Anything thrown, as the answer to a request. */
export function problemOf(thrown: unknown): Problem {
  const error = refusedByFastify(thrown) ?? asMjError(thrown);
  const { code, message, why, hint, retryable } = error;
  return {
    type: `urn:mjagent:${code}`,
    title: TITLES[code],
    status: error instanceof Refused ? error.status : STATUS[code],
    detail: why === undefined ? message : `${message}: ${why}`,
    code,
    hint: hint ?? null,
    retryable,
  };
}

/** What the web framework refuses by itself: a body that is no JSON, or too large. */
function refusedByFastify(thrown: unknown): MjError | null {
  if (thrown instanceof MjError || !(thrown instanceof Error) || !("statusCode" in thrown)) return null;
  const status = Number(thrown.statusCode);
  return status >= 400 && status < 500 ? new Refused(status, "usage", thrown.message) : null;
}
