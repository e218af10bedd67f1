import type { Outcome } from "../domain/outcome.js";
import { formatDuration } from "../domain/duration.js";
import { MAX_VALUE_BYTES } from "../domain/large-values.js";
import { type Json } from "../domain/json-value.js";
import { emptyResult, type NewTaskInput } from "../domain/task.js";
import type { Usage } from "../domain/usage.js";
import { messageOf } from "../errors.js";
import type { AttemptInput, ExecutionContext, Executor } from "./executor.js";
import { Limits } from "./limits.js";
import { failed } from "./outcome.js";
import { nothingProduced, readProduced, tellUsage, tooLarge, type ReadResult } from "./output.js";

/** What a handler is told: the attempt, when to stop, and where its log lines go. */
export interface HandlerInput extends AttemptInput {
  /** Aborted when the attempt must end; what the handler returns after that is not used. */
  signal: AbortSignal;
  log: (line: string) => void;
}

/** What a handler hands in: a summary, or the parts of a result. */
export interface HandlerResult {
  summary?: string | null;
  data?: Json;
  artifacts?: string[] | null;
  handoff?: NewTaskInput[] | null;
  usage?: Partial<Usage> | null;
}

// One function may return a result on one path and nothing on another; `undefined` would forbid the second.
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type
export type Handler = (input: HandlerInput) => Promise<HandlerResult | string | void>;

/**
 * Runs tasks with a function of this process instead of a command. What it throws is a failed attempt. When the attempt
 * is stopped, or runs longer than its task allows, the handler's signal is aborted and its answer is not waited for: a
 * function cannot be killed.
 */
export function handlerExecutor(handler: Handler): Executor {
  return {
    async run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
      if (context.signal.aborted) return { kind: "stopped" };
      const started = performance.now();
      const stop = new Stop(input.task.timeout_ms ?? Number.POSITIVE_INFINITY, context.signal);
      const { signal } = stop.controller;
      const log = (line: string): void => context.log("stdout", line);
      try {
        const returned = await Promise.race([handler({ ...input, signal, log }), stop.happened]);
        const outcome = stop.outcome ?? handlerOutcome(returned, performance.now() - started);
        if (outcome.kind === "completed") tellUsage(context, outcome.result.usage, "function");
        return outcome;
      } catch (error) {
        return stop.outcome ?? failed("agent_error", messageOf(error));
      } finally {
        stop[Symbol.dispose]();
      }
    },
  };
}

/** Reads what a handler returned. */
export function handlerOutcome(returned: unknown, durationMs: number): Outcome {
  const read = readReturned(returned);
  if ("invalid" in read) return failed("invalid_output", read.invalid);
  const { handoff, ...parts } = read.produced;
  return { kind: "completed", result: { ...emptyResult(), ...parts, duration_ms: Math.round(durationMs) }, handoff };
}

const SOURCE = "the handler's result";

function readReturned(returned: unknown): ReadResult {
  if (returned === undefined || returned === null) return { produced: nothingProduced() };
  let text: unknown;
  try {
    text = JSON.stringify(returned);
  } catch (error) {
    return { invalid: `${SOURCE} is not JSON: ${messageOf(error)}` };
  }
  if (typeof text !== "string") return { invalid: `${SOURCE} is not JSON: it is a ${typeof returned}` };
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_VALUE_BYTES) return { invalid: tooLarge(SOURCE, bytes) };
  if (typeof returned === "string") return { produced: { ...nothingProduced(), summary: returned } };
  // Read back: what is kept is what others will get, a date as its text.
  return readProduced(JSON.parse(text), SOURCE);
}

/** Ends the wait for a handler that is stopped from outside. */
class Stop implements Disposable {
  readonly controller = new AbortController();
  readonly happened: Promise<void>;
  readonly #limits: Limits;
  outcome: Outcome | undefined;

  constructor(timeoutMs: number, signal: AbortSignal) {
    let settle: () => void = () => undefined;
    this.happened = new Promise((resolve) => (settle = resolve));
    this.#limits = new Limits({ timeoutMs, signal }, (by) => {
      const late = failed("timeout", `stopped at its time limit of ${formatDuration(timeoutMs)}`);
      this.outcome = by === "abort" ? { kind: "stopped" } : late;
      this.controller.abort();
      settle();
    });
  }

  [Symbol.dispose](): void {
    this.#limits[Symbol.dispose]();
  }
}
