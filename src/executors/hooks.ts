import type { Outcome } from "../domain/outcome.js";
import type { Role } from "../domain/role.js";
import { emptyResult } from "../domain/task.js";
import type { Hook } from "../domain/workspace.js";
import { checkArgv, renderArgv } from "./argv.js";
import { runAttempt, setUp, type AttemptEnd, type ExecutorOptions, type Setup } from "./attempt.js";
import type { AttemptInput, ExecutionContext, Executor } from "./executor.js";
import { interruptedOutcome } from "./outcome.js";
import { templateValues } from "./values.js";

const HOOKS = ["before", "after"] as const;

/**
 * The programs a role's hooks start.
 * @throws MjError usage when one of them is no safe argv
 */
export function hookPrograms(role: Role): string[] {
  return HOOKS.flatMap((name) => {
    const hook = role[name];
    if (hook) checkArgv(hook.run, `${name}.run`);
    return hook?.run[0] ?? [];
  });
}

/**
 * Runs a role's hooks around its command, in the same folder and environment. When `before` fails the command never
 * ran: the task is put off, and the attempt not counted. `after` runs when the command has completed; when it fails,
 * so has the attempt.
 * @throws MjError usage when one of them is no safe argv
 */
export function hooksExecutor(inner: Executor, role: Role, options: ExecutorOptions): Executor {
  if (hookPrograms(role).length === 0) return inner;
  const { before, after } = role;
  const setup = setUp(role, options);
  return {
    async run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
      const prepared = before ? await runHook("before", before, setup, input, context) : null;
      if (prepared?.kind === "failed") {
        if (prepared.reason === "invalid_input") return prepared;
        return { kind: "snooze", message: prepared.message, delay_ms: null };
      }
      if (prepared) return prepared;
      const outcome = await inner.run(input, context);
      if (!after || outcome.kind !== "completed") return outcome;
      const checked = await runHook("after", after, setup, input, context);
      if (checked === null || checked.kind === "stopped") return checked ?? outcome;
      return { ...checked, result: outcome.result };
    },
  };
}

type HookProblem = Extract<Outcome, { kind: "stopped" | "failed" }>;

/** @returns null when it ended well */
async function runHook(
  name: (typeof HOOKS)[number],
  { run, timeout }: Hook,
  setup: Setup,
  input: AttemptInput,
  context: ExecutionContext,
): Promise<HookProblem | null> {
  const argv = renderArgv(run, templateValues(setup.role, input));
  if ("refused" in argv)
    return { kind: "failed", reason: "invalid_input", message: `${name}: ${argv.refused}`, result: null };
  // Not on stdout: `mjagent exec` prints what the command itself says there.
  const log: ExecutionContext["log"] = (_, line) => context.log("stderr", line);
  log("stderr", `── ${name}: ${[argv.file, ...argv.args].join(" ")}`);
  const end = await runAttempt(
    // A hook has its own time limit, not that of the task or the role.
    { ...setup, role: { ...setup.role, timeout, stall_timeout: undefined } },
    { ...input, task: { ...input.task, timeout_ms: null } },
    { ...context, log },
    { ...argv, stdin: `${JSON.stringify(input)}\n` },
  );
  end.lines.end();
  const problem = problemOf(end);
  if (problem === null || problem === "stopped") return problem && { kind: "stopped" };
  const message = `${name}: ${problem}`;
  log("stderr", `── ${message}`);
  return { kind: "failed", reason: "hook_failed", message, result: null };
}

function problemOf(end: AttemptEnd): string | null {
  const interrupted = interruptedOutcome(end, emptyResult());
  if (interrupted) return "message" in interrupted ? interrupted.message : "stopped";
  const { process, lines } = end;
  if (process.exitCode === 0) return null;
  const last = lines.lastLine("stderr") ?? lines.lastLine("stdout");
  return `exited with code ${process.exitCode ?? "unknown"}${last === null ? "" : `: ${last}`}`;
}
