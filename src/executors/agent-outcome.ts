import { userInfo } from "node:os";
import type { Outcome } from "../domain/outcome.js";
import type { FailureReason } from "../domain/reasons.js";
import { retryAfter } from "../domain/retry-after.js";
import type { TaskResult } from "../domain/task.js";
import type { Adapter } from "./adapters/adapter.js";
import type { AgentRun } from "./agent-run.js";
import { closingObject } from "./answer.js";
import type { AttemptEnd } from "./attempt.js";
import { reasonOf } from "./classify.js";
import type { Told, Trouble } from "./dialects/dialect.js";
import { mark } from "./line-splitter.js";
import { lastLineOf, OUTPUT_LIMITS } from "./lines.js";
import { failed, interruptedOutcome, resultOf } from "./outcome.js";
import { type Produced, readProduced, type ReadResult } from "./output.js";

/**
 * How a run of a CLI ended. Success is exit 0, a terminal event that says so, and no stop of ours: each of them alone
 * has been seen to lie.
 */
export function agentOutcome(adapter: Adapter, { end, told, limit }: AgentRun): Outcome {
  const answer = adapter.dialect === null ? (end.lines.tail("stdout") ?? "") : told.answer;
  const produced = withClosing(end.produced, answer);
  const result = withTold(resultOf({ ...end, produced }), produced, told, answer);
  const finished = end.process.stoppedBy === "finished";
  if (limit !== null && end.process.stoppedBy === "limit") {
    const reason = limit.reason ?? reasonOf(told.trouble, "") ?? "agent_error";
    return failedBy(adapter, { reason, message: limit.message, trouble: told.trouble }, result);
  }
  const interrupted = finished ? undefined : interruptedOutcome(end, result);
  if (interrupted !== undefined) return interrupted;

  const exitedWell = finished || end.process.exitCode === 0;
  const failure = adapter.dialect === null ? textFailure(adapter, end) : eventFailure(adapter, end, told);
  if (exitedWell && failure === null) {
    if ("invalid" in produced) return failed("invalid_output", produced.invalid, result);
    return { kind: "completed", result, handoff: produced.produced.handoff };
  }
  return failedBy(adapter, failure ?? afterSuccess(adapter, end), result);
}

interface Failure {
  reason: FailureReason;
  message: string;
  trouble: Trouble | null;
}

/** What went wrong by the events of a CLI; null: they say that it went well. */
function eventFailure(adapter: Adapter, { process, lines }: AttemptEnd, told: Told): Failure | null {
  if (told.ending?.ok === true) return null;
  const errors = lines.tail("stderr") ?? "";
  const byCode = adapter.exitCodes?.[process.exitCode ?? 0];
  const exited = `${adapter.binary} exited with code ${process.exitCode ?? "unknown"}`;
  const said = told.ending?.trouble ?? told.trouble;
  const status = adapter.exitStatus?.[process.exitCode ?? 0];
  const trouble = said && { ...said, status: said.status ?? status };
  const known = byCode ?? reasonOf(trouble ?? null, errors);
  if (told.ending !== null) {
    const message = trouble?.message ?? exited;
    return { reason: known ?? "agent_error", message, trouble };
  }
  const last = trouble?.message ?? lines.lastLine("stderr");
  const message = `${exited} and no result${last === null ? "" : `: ${last}`}`;
  return { reason: known ?? (process.exitCode === 0 ? "no_result" : "crash"), message, trouble };
}

/** Of a CLI that prints text: a line of an error, which its exit code may not show. */
function textFailure(adapter: Adapter, { process, lines }: AttemptEnd): Failure | null {
  const text = `${lines.tail("stdout") ?? ""}\n${lines.tail("stderr") ?? ""}`;
  const error = text.split("\n").findLast((line) => /^(litellm\.|.*\b(API|Authentication)Error\b)/.test(line.trim()));
  if (process.exitCode === 0 && error === undefined) return null;
  const message = error?.trim() ?? lines.lastLine("stderr") ?? lines.lastLine("stdout") ?? "";
  const trouble = { message };
  const exited = `${adapter.binary} exited with code ${process.exitCode ?? "unknown"}`;
  const reason = reasonOf(trouble, "") ?? (process.exitCode === 0 ? "agent_error" : "crash");
  return {
    reason,
    message: error === undefined ? `${exited}${message === "" ? "" : `: ${message}`}` : message,
    trouble,
  };
}

function afterSuccess(adapter: Adapter, { process, lines }: AttemptEnd): Failure {
  const last = lines.lastLine("stderr");
  const message = `${adapter.binary} exited with code ${process.exitCode ?? "unknown"} after a result that says success`;
  return { reason: "agent_error", message: last === null ? message : `${message}: ${last}`, trouble: null };
}

/** With the sentence a person needs. */
function failedBy(adapter: Adapter, { reason, message, trouble }: Failure, result: TaskResult): Outcome {
  const retry_after_ms = trouble?.retryAfterMs ?? retryAfter(trouble?.message ?? message, Date.now());
  return { ...failed(reason, sentence(adapter, reason, message), result), ...(retry_after_ms && { retry_after_ms }) };
}

function sentence({ binary, login }: Adapter, reason: FailureReason, message: string): string {
  const said = message === "" ? "" : ` (${message})`;
  switch (reason) {
    case "auth":
      return `${binary} is not logged in as ${userInfo().username}: ${login.how}${said}`;
    case "model_not_found":
      return `${message}: correct command.model in the role`;
    default:
      return message;
  }
}

/** What the answer ends with counts as the result, unless the command wrote one to `MJAGENT_OUTPUT`. */
function withClosing(produced: ReadResult, answer: string): ReadResult {
  if ("invalid" in produced || isGiven(produced.produced)) return produced;
  const closing = closingObject(answer);
  if (closing === undefined || !("summary" in closing || "data" in closing)) return produced;
  const read = readProduced(closing, "the answer's last line");
  // The answer is good without it: a slip of the pen in its last line must not cost the work.
  return "invalid" in read ? produced : read;
}

const isGiven = ({ summary, data }: Produced): boolean => summary !== null || data !== null;

/** An answer that is longer than anybody reads must not fill the store. */
const ANSWER_LENGTH = 1024 * 1024;

function withTold(result: TaskResult, produced: ReadResult, told: Told, answer: string): TaskResult {
  const given = "produced" in produced ? produced.produced.summary : null;
  const output = answer.length > ANSWER_LENGTH ? mark(answer, ANSWER_LENGTH, answer.length) : answer;
  return {
    ...result,
    summary: given ?? lastLineOf(answer, OUTPUT_LIMITS.lineLength),
    output: output === "" ? null : output,
    usage: told.usage,
    session_id: told.sessionId,
  };
}
