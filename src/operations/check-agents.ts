import type { AgentCliName } from "../domain/command.js";
import type { Role } from "../domain/role.js";
import { messageOf, MjError } from "../errors.js";
import { ADAPTERS } from "../executors/adapters/adapters.js";
import { setUp } from "../executors/attempt.js";
import { cliVersion } from "../executors/cli-version.js";
import { findLogin } from "../executors/login.js";
import { readyRole } from "../executors/ready.js";
import type { LoadedRole } from "./roles.js";

/** Whether an agent can run on this host. */
export interface AgentCheck {
  name: string;
  /** With `auto` settled. */
  adapter: string;
  program: string;
  version: string | null;
  /** Where its account comes from: a variable, or a file. Null: not known, or there is none to have. */
  login: string | null;
  /** What to do where no account was found. */
  login_hint: string | null;
  warnings: string[];
  /** Why it cannot run, and the next step. */
  problem: string | null;
  hint: string | null;
}

/** Looks at what this host has for each role; starts nothing but `--version`, and asks no provider. */
export async function checkAgents(
  roles: readonly LoadedRole[],
  order: readonly AgentCliName[] | undefined,
): Promise<AgentCheck[]> {
  return await Promise.all(roles.map((role) => checkAgent(role, order)));
}

async function checkAgent(loaded: LoadedRole, order: readonly AgentCliName[] | undefined): Promise<AgentCheck> {
  try {
    const { role, warnings } = await readyRole(loaded.role, loaded, order);
    return { ...(await found(role, loaded.projectDir)), warnings, problem: null, hint: null };
  } catch (error) {
    const { why, hint } = error instanceof MjError ? error : {};
    const checked = await found(loaded.role, loaded.projectDir);
    return { ...checked, warnings: [], problem: why ?? messageOf(error), hint: hint ?? null };
  }
}

async function found(role: Role, projectDir: string): Promise<Omit<AgentCheck, "warnings" | "problem" | "hint">> {
  const { name, command } = role;
  const unknown = { name, adapter: command.adapter, version: null, login: null, login_hint: null };
  if (command.adapter === "command") return { ...unknown, program: command.run[0] ?? "" };
  if (command.adapter === "auto") return { ...unknown, program: "" };
  const adapter = ADAPTERS[command.adapter];
  const { cwd, env } = setUp(role, { projectDir });
  const login = await findLogin(adapter, env);
  const version = await cliVersion(adapter, { cwd, env });
  const login_hint = login === null ? adapter.login.how : null;
  return { ...unknown, program: adapter.binary, version, login, login_hint };
}
