import type { AgentCommand } from "../domain/command.js";
import type { Role } from "../domain/role.js";
import type { Adapter } from "./adapters/adapter.js";
import { ADAPTERS } from "./adapters/adapters.js";
import { schemaFault } from "./result-schema.js";

/** Something a role asks for that cannot be had, and the key that asks for it. */
export interface RoleProblem {
  path: string[];
  message: string;
}

/** What a role asks of its adapter in vain; with `auto`, that is known only once one was picked. */
export function roleProblems(role: Role): RoleProblem[] {
  const { command, result_schema } = role;
  const fault = result_schema === undefined ? null : schemaFault(result_schema);
  const schema = fault === null ? [] : [{ path: ["result_schema"], message: `not a JSON Schema: ${fault}` }];
  if (command.adapter === "auto") return schema;
  if (command.adapter === "command") return [...schema, ...countless(role, "a program")];
  const adapter = ADAPTERS[command.adapter];
  return [
    ...schema,
    ...(adapter.dialect === null ? countless(role, adapter.binary) : []),
    ...lacking(adapter, command),
    ...uncounted(role, adapter),
  ];
}

/** Turns and tool calls are counted by what a CLI reports. */
const countless = (role: Role, who: string): RoleProblem[] =>
  (["max_turns", "max_steps"] as const)
    .filter((key) => role[key] !== undefined)
    .map((key) => ({
      path: [key],
      message: `${who} does not report what it does, so ${key} cannot be kept: use timeout`,
    }));

/** A budget that would never stop anything. */
function uncounted({ budget }: Role, { binary, tells }: Adapter): RoleProblem[] {
  const problems: RoleProblem[] = [];
  if (budget?.usd !== undefined && tells !== "cost") {
    const instead = tells === "tokens" ? "give tokens instead" : "use timeout";
    const message = `${binary} does not tell what a run costs, so usd would never be reached: ${instead}`;
    problems.push({ path: ["budget", "usd"], message });
  }
  if (budget?.tokens !== undefined && tells === "nothing") {
    const message = `${binary} does not tell its tokens, so they would never be used up: use timeout`;
    problems.push({ path: ["budget", "tokens"], message });
  }
  return problems;
}

/** What a CLI lacks of what a role's command asks for. */
function lacking({ binary, lacks = {} }: Adapter, { permission, mcp }: AgentCommand): RoleProblem[] {
  const problems: RoleProblem[] = [];
  if (lacks.permissions?.includes(permission)) {
    const can = (["read-only", "edit", "full"] as const).filter((each) => !lacks.permissions?.includes(each));
    const message = `${binary} cannot be held to permission: ${permission}, only to: ${can.join(", ")}`;
    problems.push({ path: ["command", "permission"], message });
  }
  if (lacks.mcp === true && Object.keys(mcp).length > 0) {
    problems.push({ path: ["command", "mcp"], message: `${binary} takes MCP servers from its own settings only` });
  }
  return problems;
}
