import type { Outcome } from "../domain/outcome.js";
import type { Role } from "../domain/role.js";
import { checkArgv, renderArgv } from "./argv.js";
import { runAttempt, setUp, type AttemptEnd, type ExecutorOptions } from "./attempt.js";
import type { AttemptInput, ExecutionContext, Executor } from "./executor.js";
import { failed, interruptedOutcome, resultOf } from "./outcome.js";
import { tellUsage } from "./output.js";
import { templateValues } from "./values.js";

/** EX_TEMPFAIL of sysexits.h: "try again later". */
const EXIT_TRY_LATER = 75;

/**
 * Adapter `command`: any program. It gets the attempt as a JSON document on stdin, and hands in its result by its exit
 * code, its output and the file `MJAGENT_OUTPUT` (CONTRACT "What the command gets and gives").
 * @throws MjError usage when `run` is no safe argv
 */
export function commandExecutor(role: Role, run: readonly string[], options: ExecutorOptions): Executor {
  checkArgv(run);
  const setup = setUp(role, options);
  return {
    async run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
      const argv = renderArgv(run, templateValues(role, input));
      if ("refused" in argv) return failed("invalid_input", argv.refused);
      const end = await runAttempt(setup, input, context, { ...argv, stdin: `${JSON.stringify(input)}\n` });
      end.lines.end();
      tellUsage(context, resultOf(end).usage, "command");
      return commandOutcome(end);
    },
  };
}

/** Reads how a command ended. */
function commandOutcome(end: AttemptEnd): Outcome {
  const { process, lines, produced } = end;
  const result = resultOf(end);
  const interrupted = interruptedOutcome(end, result);
  if (interrupted !== undefined) return interrupted;

  const lastError = lines.lastLine("stderr") ?? lines.lastLine("stdout");
  if (process.exitCode === EXIT_TRY_LATER) {
    const message = lines.lastLine("stdout") ?? lastError ?? `exited with code ${EXIT_TRY_LATER}: try again later`;
    return { kind: "snooze", message, delay_ms: null };
  }
  if (process.exitCode !== 0) {
    const why = lastError === null ? "" : `: ${lastError}`;
    return failed("exit", `exited with code ${process.exitCode ?? "unknown"}${why}`, result);
  }
  if ("invalid" in produced) return failed("invalid_output", produced.invalid, result);
  return { kind: "completed", result, handoff: produced.produced.handoff };
}
