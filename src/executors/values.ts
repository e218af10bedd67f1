import { agentIdOf, type Role } from "../domain/role.js";
import type { AttemptInput } from "./executor.js";

/**
 * What a role's templates may name: `task.…`, `agent.…`, `parent.…`, `blockers.0.…` (and `{{blockers}}` as JSON),
 * `attempt`, `epoch`, `event`.
 */
export function templateValues(role: Role, input: AttemptInput): Readonly<Record<string, unknown>> {
  return {
    ...input,
    agent: { ...input.agent, name: role.name, display_name: role.display_name ?? agentIdOf(role) },
  };
}
