import { resolve } from "node:path";
import type { AgentCliName } from "../domain/command.js";
import type { Role } from "../domain/role.js";
import { MjError } from "../errors.js";
import { roleProblems } from "./adapter-problems.js";
import { ADAPTERS } from "./adapters/adapters.js";
import { agentExecutor } from "./agent-cli.js";
import { checkArgv } from "./argv.js";
import { setUp, type ExecutorOptions } from "./attempt.js";
import { pickAdapter } from "./auto.js";
import { cliVersion, versionWarning } from "./cli-version.js";
import { collecting } from "./collecting.js";
import { commandExecutor } from "./command.js";
import type { Executor } from "./executor.js";
import { withMemory } from "./memory.js";
import { findProgramProblem } from "./program.js";
import { redacting, redactorOf } from "./redacting.js";

/**
 * The executor of a role, by its adapter.
 * @param role with `auto` settled, as `readyRole` does
 * @throws MjError usage when the role's command is unsafe
 */
export function createExecutor(role: Role, options: ExecutorOptions): Executor {
  const { cwd, env } = setUp(role, options);
  const collected = collecting(adapterOf(role, options), { cwd, globs: role.artifacts });
  const { memory } = role;
  const executor = memory === undefined ? collected : withMemory(collected, resolve(options.projectDir, memory), cwd);
  return redacting(executor, redactorOf(role, env));
}

function adapterOf(role: Role, options: ExecutorOptions): Executor {
  const { command } = role;
  if (command.adapter === "command") return commandExecutor(role, command.run, options);
  if (command.adapter === "auto") throw new MjError("usage", `role ${role.name}: its adapter was not picked yet`);
  return agentExecutor(role, command, ADAPTERS[command.adapter], options);
}

/** A role that this host can run, and what a person should know about it. */
export interface ReadyRole {
  role: Role;
  warnings: string[];
}

/**
 * Makes sure that this host can run a role at all, before its agent registers: otherwise it would claim tasks only to
 * fail them. `adapter: auto` becomes the first CLI that is here.
 * @param order in which `auto` looks for CLIs
 * @throws MjError failure when the program or the working directory is not there; usage when the command is unsafe, or
 * asks for what its program cannot do
 */
export async function readyRole(
  role: Role,
  options: ExecutorOptions,
  order?: readonly AgentCliName[],
): Promise<ReadyRole> {
  if (role.command.adapter === "command") checkArgv(role.command.run);
  const { cwd, env } = setUp(role, options);
  const picked = role.command.adapter === "auto" ? await pickAdapter(role, { cwd, env }, order) : role;
  const refused = [...roleProblems(picked).map(({ message }) => message), ...refusals(picked, env)];
  if (refused.length > 0) {
    throw new MjError("usage", `agent ${role.name} cannot run here`, {
      why: refused.join("; "),
      hint: "correct the role",
    });
  }
  const { command } = picked;
  const file =
    command.adapter === "command" ? (command.run[0] ?? "") : ADAPTERS[command.adapter as AgentCliName].binary;
  const problem = await findProgramProblem({ file, cwd, env });
  if (problem !== null) {
    throw new MjError("failure", `agent ${role.name} cannot run here`, { why: problem.what, hint: problem.hint });
  }
  return { role: picked, warnings: await warnings(picked, { cwd, env }) };
}

function refusals({ command }: Role, env: Readonly<Record<string, string>>): string[] {
  if (command.adapter === "command" || command.adapter === "auto") return [];
  const refused = ADAPTERS[command.adapter].refuses?.({ permission: command.permission, env });
  return refused === undefined ? [] : [refused];
}

async function warnings({ command }: Role, where: { cwd: string; env: Record<string, string> }): Promise<string[]> {
  if (command.adapter === "command" || command.adapter === "auto") return [];
  const adapter = ADAPTERS[command.adapter];
  const warning = versionWarning(adapter, await cliVersion(adapter, where));
  return warning === null ? [] : [warning];
}
