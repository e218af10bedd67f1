import type { Outcome } from "../domain/outcome.js";
import { Redactor } from "../domain/redactor.js";
import type { Role } from "../domain/role.js";
import { secretsIn } from "../domain/secrets.js";
import { NewTask, type TaskResult } from "../domain/task.js";
import { messageOf } from "../errors.js";
import type { ExecutionContext, Executor } from "./executor.js";
import { failed } from "./outcome.js";

/** The secrets that a role's commands see: in their environment, and what its MCP servers are given. */
export function redactorOf(role: Role, env: Readonly<Record<string, string>>): Redactor {
  const { command } = role;
  const servers = command.adapter === "command" ? [] : Object.values(command.mcp).map((server) => server.env);
  return new Redactor([env, ...servers].flatMap((variables) => secretsIn(variables, role.env.secret)));
}

/** Takes secrets out of everything that an executor says: its log, its outcome, and what it throws. */
export function redacting(executor: Executor, redactor: Redactor): Executor {
  if (redactor.isIdle) return executor;
  return {
    async run(input, context) {
      try {
        return redactedOutcome(await executor.run(input, redactedContext(context, redactor)), redactor);
      } catch (error) {
        throw new Error(redactor.text(messageOf(error)));
      }
    },
  };
}

const redactedContext = (
  { artifacts, onStart, ...context }: ExecutionContext,
  redactor: Redactor,
): ExecutionContext => ({
  ...context,
  // Some CLIs are given their MCP servers, and those their keys, as arguments.
  ...(onStart && { onStart: (start) => onStart(redactor.value(start)) }),
  // Files are handed in as they are; but their names are in the result.
  ...(artifacts && { artifacts: ({ name, data }) => artifacts({ name: redactor.text(name), data }) }),
  log: (stream, line, shown) => {
    context.log(
      stream,
      redactor.text(line),
      shown?.map((text) => redactor.text(text)),
    );
  },
});

function redactedOutcome(outcome: Outcome, redactor: Redactor): Outcome {
  switch (outcome.kind) {
    case "completed": {
      const result = redactedResult(outcome.result, redactor);
      const handoff = outcome.handoff.map((task) => NewTask.safeParse(redactor.value(task)));
      const tasks = handoff.flatMap(({ data }) => (data ? [data] : []));
      if (tasks.length === handoff.length) return { ...outcome, result, handoff: tasks };
      return failed("invalid_output", "a hand-off is no task any more without the secrets that are in it", result);
    }
    case "failed": {
      const result = outcome.result && redactedResult(outcome.result, redactor);
      return { ...outcome, message: redactor.text(outcome.message), result };
    }
    case "snooze":
      return { ...outcome, message: redactor.text(outcome.message) };
    case "stopped":
      return outcome;
  }
}

/** Measures stay what they are. */
function redactedResult(result: TaskResult, redactor: Redactor): TaskResult {
  const { exit_code, duration_ms, usage, dropped_lines, ...texts } = result;
  return { ...redactor.value(texts), exit_code, duration_ms, usage, dropped_lines };
}
