import { asMjError, EXIT_CODES, stackOf } from "../errors.js";
import { manyLines, oneLine, safeJson } from "./text.js";

export interface ReportOptions {
  json?: boolean;
  /** Show stacks. */
  debug?: boolean;
  /** Makes the word "error" red. */
  red?: (text: string) => string;
}

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
