import { relative } from "node:path";
import { agentIdOf } from "../../domain/role.js";
import { wishesOf } from "../../domain/wants.js";
import { loadRoles, type LoadedRole } from "../../operations/roles.js";
import type { CommandContext } from "../context.js";

/** A role as lists show it. */
export const summaryOf = ({ role, file }: LoadedRole) => ({
  name: role.name,
  agent_id: agentIdOf(role),
  description: role.description,
  adapter: role.command.adapter,
  match: role.match,
  watch: role.watch,
  concurrency: role.concurrency,
  file: relative(process.cwd(), file),
});

export async function run({ out, agentsDir }: CommandContext): Promise<undefined> {
  const roles = await loadRoles(await agentsDir());
  out.list(roles.map(summaryOf), {
    id: (role) => role.name,
    empty: "no agents",
    columns: (style) => [
      { title: "NAME", value: (role) => role.name, style: (text) => style.bold(text) },
      { title: "AGENT", value: (role) => role.agent_id },
      { title: "RUNS", value: (role) => role.adapter },
      { title: "TAKES", value: takes, flexible: true },
      { title: "DESCRIPTION", value: (role) => role.description.replace(/\s+/g, " "), flexible: true },
    ],
  });
}

/** What work a role takes, in a line. */
function takes({ match, watch }: ReturnType<typeof summaryOf>): string {
  if (watch.length > 0) return `watches ${watch.join(", ")}`;
  const parts = wishesOf(match);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}
