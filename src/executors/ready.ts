import type { AgentCliName } from "../domain/command.js";
import type { Role } from "../domain/role.js";
import { MjError } from "../errors.js";
import { roleProblems } from "./adapter-problems.js";
import type { Adapter } from "./adapters/adapter.js";
import { ADAPTERS } from "./adapters/adapters.js";
import { checkArgv } from "./argv.js";
import { setUp, type ExecutorOptions } from "./attempt.js";
import { pickAdapter } from "./auto.js";
import { cliVersion, versionWarning } from "./cli-version.js";
import { hookPrograms } from "./hooks.js";
import { findProgramProblem } from "./program.js";
import { findWorkspaceProblem } from "./workspace/apply.js";

/** A role that this host can run, and what a person should know about it. */
export interface ReadyRole {
  role: Role;
  warnings: string[];
}

/**
 * Makes sure that this host can run a role at all, before its agent registers: otherwise it would claim tasks only to
 * fail them. `adapter: auto` becomes the first CLI that is here.
 * @param order in which `auto` looks for CLIs
 * @throws MjError failure when a program, the working directory or its repository is not there; usage when the command
 * is unsafe, or asks for what its program cannot do
 */
export async function readyRole(
  role: Role,
  options: ExecutorOptions,
  order?: readonly AgentCliName[],
): Promise<ReadyRole> {
  if (role.command.adapter === "command") checkArgv(role.command.run);
  const { cwd, env } = setUp(role, options);
  const picked = role.command.adapter === "auto" ? await pickAdapter(role, { cwd, env }, order) : role;
  const adapter = adapterOf(picked);
  const refused = [...roleProblems(picked).map(({ message }) => message), ...refusals(picked, adapter, env)];
  const cannot = `agent ${role.name} cannot run here`;
  if (refused.length > 0) throw new MjError("usage", cannot, { why: refused.join("; "), hint: "correct the role" });
  const { command } = picked;
  const program = command.adapter === "command" ? (command.run[0] ?? "") : (adapter?.binary ?? "");
  const files = [program, ...hookPrograms(role)];
  const problems = await Promise.all(files.map((file) => findProgramProblem({ file, cwd, env })));
  const problem = problems.find((each) => each !== null) ?? (await findWorkspaceProblem(role, cwd));
  if (problem !== null) throw new MjError("failure", cannot, { why: problem.what, hint: problem.hint });
  const warning = adapter && versionWarning(adapter, await cliVersion(adapter, { cwd, env }));
  return { role: picked, warnings: warning ? [warning] : [] };
}

const adapterOf = ({ command }: Role): Adapter | null =>
  command.adapter === "command" || command.adapter === "auto" ? null : ADAPTERS[command.adapter];

function refusals({ command }: Role, adapter: Adapter | null, env: Readonly<Record<string, string>>): string[] {
  const refused = command.adapter === "command" ? null : adapter?.refuses?.({ permission: command.permission, env });
  return refused ? [refused] : [];
}
