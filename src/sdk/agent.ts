import { z } from "zod";
import { AgentDefinition } from "../domain/role.js";
import { MjError } from "../errors.js";

/**
 * Defines an agent in code: the same fields as a role file, without the command.
 * @example
 * const debbie = defineAgent({ name: "debbie", match: { types: ["design"] } });
 * @throws MjError usage that names what is wrong
 */
export function defineAgent(definition: z.input<typeof AgentDefinition>): AgentDefinition {
  const parsed = AgentDefinition.safeParse(definition);
  if (parsed.success) return parsed.data;
  throw new MjError("usage", "this is not an agent definition", { why: z.prettifyError(parsed.error) });
}
