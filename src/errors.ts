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
