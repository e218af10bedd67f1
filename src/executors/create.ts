import { resolve } from "node:path";
import type { Role } from "../domain/role.js";
import { MjError } from "../errors.js";
import { ADAPTERS } from "./adapters/adapters.js";
import { agentExecutor } from "./agent-cli.js";
import { setUp, type ExecutorOptions } from "./attempt.js";
import { collecting } from "./collecting.js";
import { commandExecutor } from "./command.js";
import type { Executor } from "./executor.js";
import { hooksExecutor } from "./hooks.js";
import { withMemory } from "./memory.js";
import { redacting, redactorOf } from "./redacting.js";
import { inWorkspace } from "./workspace/apply.js";

/**
 * The executor of a role: by its adapter, with its memory and its hooks around it; its files are collected before its
 * workspace goes, and nothing leaves with a secret in it.
 * @param role with `auto` settled, as `readyRole` does
 * @throws MjError usage when the role's command is unsafe
 */
export function createExecutor(role: Role, options: ExecutorOptions): Executor {
  const { cwd, env } = setUp(role, options);
  const { memory, artifacts: globs } = role;
  const command = adapterOf(role, options);
  const remembering = memory === undefined ? command : withMemory(command, resolve(options.projectDir, memory), cwd);
  const collected = collecting(hooksExecutor(remembering, role, options), { cwd, globs });
  return redacting(inWorkspace(collected, role, cwd), redactorOf(role, env));
}

function adapterOf(role: Role, options: ExecutorOptions): Executor {
  const { command } = role;
  if (command.adapter === "command") return commandExecutor(role, command.run, options);
  if (command.adapter === "auto") throw new MjError("usage", `role ${role.name}: its adapter was not picked yet`);
  return agentExecutor(role, command, ADAPTERS[command.adapter], options);
}
