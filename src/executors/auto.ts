import { AGENT_CLIS, type AgentCliName } from "../domain/command.js";
import type { Role } from "../domain/role.js";
import { MjError } from "../errors.js";
import { roleProblems } from "./adapter-problems.js";
import { ADAPTERS } from "./adapters/adapters.js";
import { findProgramProblem } from "./program.js";

/**
 * The role with the first CLI that is installed here and can do what the role asks.
 * @throws MjError failure when there is none: with what each lacks, or how it is installed
 */
export async function pickAdapter(
  role: Role,
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
  order: readonly AgentCliName[] = AGENT_CLIS,
): Promise<Role> {
  const unfit: string[] = [];
  for (const adapter of order) {
    const { binary } = ADAPTERS[adapter];
    if ((await findProgramProblem({ file: binary, cwd, env })) !== null) continue;
    const picked = { ...role, command: { ...role.command, adapter } } as Role;
    const problems = roleProblems(picked);
    if (problems.length === 0) return picked;
    unfit.push(...problems.map(({ message }) => message));
  }
  const install = order.map((name) => `${name}: ${ADAPTERS[name].install}`);
  throw new MjError("failure", `agent ${role.name} cannot run here: adapter auto found no agent CLI for it`, {
    why: unfit.length > 0 ? unfit.join("; ") : `none of these is on the PATH: ${order.join(", ")}`,
    hint: `install one:\n  ${install.join("\n  ")}`,
  });
}
