import type { Role } from "../domain/role.js";
import { MjError } from "../errors.js";
import { checkArgv } from "./argv.js";
import { setUp, type ExecutorOptions } from "./attempt.js";
import { claudeExecutor } from "./claude.js";
import { commandExecutor } from "./command.js";
import type { Executor } from "./executor.js";
import { findProgramProblem } from "./program.js";

/**
 * The executor of a role, by its adapter.
 * @throws MjError usage when the role's command is unsafe
 */
export function createExecutor(role: Role, options: ExecutorOptions): Executor {
  const { command } = role;
  switch (command.adapter) {
    case "command":
      return commandExecutor(role, command.run, options);
    case "claude":
      return claudeExecutor(role, command, options);
  }
}

/** The program a role's adapter starts. */
const programOf = ({ command }: Role): string => (command.adapter === "command" ? (command.run[0] ?? "") : "claude");

/**
 * Makes sure that this host can run a role at all, before its agent registers: otherwise it would claim tasks only to
 * fail them.
 * @throws MjError failure when the program or the working directory is not there; usage when the command is unsafe
 */
export async function checkExecutable(role: Role, options: ExecutorOptions): Promise<void> {
  if (role.command.adapter === "command") checkArgv(role.command.run);
  const { cwd, env } = setUp(role, options);
  const problem = await findProgramProblem({ file: programOf(role), cwd, env });
  if (problem === null) return;
  throw new MjError("failure", `agent ${role.name} cannot run here`, { why: problem.what, hint: problem.hint });
}
