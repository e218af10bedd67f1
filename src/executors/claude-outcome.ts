import type { Outcome } from "../domain/outcome.js";
import type { TaskResult } from "../domain/task.js";
import type { AttemptEnd } from "./attempt.js";
import { type ClaudeResult, closingObject } from "./claude-result.js";
import { failed, interruptedOutcome, resultOf } from "./outcome.js";
import { readProduced, type ReadResult } from "./output.js";

const NOT_LOGGED_IN =
  'claude is not logged in: run "claude" once and log in, or set ANTHROPIC_API_KEY and allow it in env.allow';

const saysSuccess = (answer: ClaudeResult): boolean => answer.subtype === "success" && !answer.is_error;

/** Success is exit 0, a result that says so, and no stop of ours: each of them alone has been seen to lie. */
export function claudeOutcome(ended: AttemptEnd, answer: ClaudeResult | undefined): Outcome {
  const end = { ...ended, produced: withClosing(ended.produced, answer?.result ?? "") };
  const { produced, process } = end;
  const result = withAnswer(resultOf(end), answer);
  const interrupted = interruptedOutcome(end, result);
  if (interrupted !== undefined) return interrupted;

  if (process.exitCode === 0 && answer !== undefined && saysSuccess(answer)) {
    if ("invalid" in produced) return failed("invalid_output", produced.invalid, result);
    return { kind: "completed", result, handoff: produced.produced.handoff };
  }
  const { reason, message, said } = failureOf(end, answer);
  switch (refusalIn(said, answer?.api_error_status)) {
    case "auth":
      return failed("auth", NOT_LOGGED_IN, result);
    case "rate_limited":
      return failed("rate_limited", message, result);
    case undefined:
      return failed(reason, message, result);
  }
}

/** What the answer ends with counts as the result, unless the command wrote one to `MJAGENT_OUTPUT`. */
function withClosing(produced: ReadResult, answer: string): ReadResult {
  if ("invalid" in produced || produced.produced.summary !== null || produced.produced.data !== null) return produced;
  const closing = closingObject(answer);
  if (closing === undefined || !("summary" in closing || "data" in closing)) return produced;
  const read = readProduced(closing, "the answer's last line");
  // The answer is good without it: a slip of the pen in its last line must not cost the work.
  return "invalid" in read ? produced : read;
}

function withAnswer(result: TaskResult, answer: ClaudeResult | undefined): TaskResult {
  if (answer === undefined) return result;
  const usage = answer.usage ?? {};
  const input = [usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens];
  const known = input.filter((count) => count !== undefined);
  return {
    ...result,
    usage: {
      // claude counts what came from or went to its cache apart; all of it was read.
      input_tokens: known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0),
      output_tokens: usage.output_tokens ?? null,
      cost_usd: answer.total_cost_usd ?? null,
    },
    session_id: answer.session_id ?? null,
  };
}

/** What went wrong, and the words of claude in which its cause can be looked for: never those of the task's answer. */
function failureOf({ process, lines }: AttemptEnd, answer: ClaudeResult | undefined) {
  const exited = `claude exited with code ${process.exitCode ?? "unknown"}`;
  const errors = lines.tail("stderr") ?? "";
  const because = (line: string | null): string => (line === null ? "" : `: ${line}`);
  if (answer === undefined) {
    const message = `${exited} and no result${because(lines.lastLine("stderr") ?? lines.lastLine("stdout"))}`;
    return { reason: "no_result", message, said: `${errors}\n${lines.tail("stdout") ?? ""}` } as const;
  }
  if (saysSuccess(answer)) {
    const message = `${exited} after a result that says success${because(lines.lastLine("stderr"))}`;
    return { reason: "agent_error", message, said: errors } as const;
  }
  const message = errorText(answer);
  return { reason: "agent_error", message, said: message } as const;
}

function errorText({ result, errors = [], subtype }: ClaudeResult): string {
  const parts = [result, ...errors.map((error) => (typeof error === "string" ? error : JSON.stringify(error)))];
  const text = parts.filter((part) => part !== undefined && part !== "").join("; ");
  if (subtype === "success") return text === "" ? "claude reported an error" : text;
  return text === "" ? subtype : `${subtype}: ${text}`;
}

const AUTH = /invalid api key|\/login|not logged in|authentication_error|oauth token has expired/i;
const RATE_LIMITED = /rate.?limit|usage limit|limit reached|hit your limit|too many requests|overloaded/i;
/** A number counts as a status only beside a word that says so: a stack trace is full of numbers. */
const STATUS = /(?:status|http|error|code)\W{0,3}(401|429|529)\b/i;

function refusalIn(said: string, apiStatus: ClaudeResult["api_error_status"]): "auth" | "rate_limited" | undefined {
  const status = String(apiStatus ?? STATUS.exec(said)?.[1] ?? "");
  if (status === "401" || AUTH.test(said)) return "auth";
  if (status === "429" || status === "529" || RATE_LIMITED.test(said)) return "rate_limited";
  return undefined;
}
