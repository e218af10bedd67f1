import type { FailureReason } from "../domain/reasons.js";
import type { Told } from "./dialects/dialect.js";

/** What a role allows one run of a CLI. */
export interface AgentLimits {
  maxTurns: number | undefined;
  maxSteps: number | undefined;
}

/** Why a run must end, in the words of the failure. Without a reason, it is what troubles it. */
export interface LimitReached {
  reason: FailureReason | null;
  message: string;
}

/** Models that answer nothing are asked again by some CLIs, for ever. */
const MAX_EMPTY_TURNS = 20;
/** Then the queue waits, which can do it for longer, elsewhere, and without a process. */
const MAX_RETRIES = 3;

/** Which limit a run has reached, by what it told; null: none. The same for every CLI, whatever it limits itself. */
export function limitReached(
  { turns, steps, emptyTurns, retries, trouble }: Told,
  limits: AgentLimits,
): LimitReached | null {
  const { maxTurns = Number.POSITIVE_INFINITY, maxSteps = Number.POSITIVE_INFINITY } = limits;
  if (turns > maxTurns) return { reason: "turn_limit", message: `stopped at its limit of ${maxTurns} turns` };
  if (steps > maxSteps) return { reason: "turn_limit", message: `stopped at its limit of ${maxSteps} tool calls` };
  if (emptyTurns >= MAX_EMPTY_TURNS) {
    return { reason: "loop", message: `stopped: ${emptyTurns} answers of the model in a row said and did nothing` };
  }
  if (retries >= MAX_RETRIES) {
    return { reason: null, message: `stopped trying again: ${trouble?.message ?? "its requests failed"}` };
  }
  return null;
}
