import type { TaskEvent } from "./lifecycle.js";
import type { AgentDefinition } from "./role.js";
import { triesAgain } from "./retry.js";

/** The event by which an agent of a role takes a task: with what the role says about trying again. */
export function claimOf(role: AgentDefinition, owner: string, instance_id: string): TaskEvent & { type: "claimed" } {
  const { name, retry } = role;
  const fail_when_lost = !triesAgain(retry, "agent_lost");
  return { type: "claimed", owner, instance_id, role: name, max_attempts: retry.max_attempts, fail_when_lost };
}
