import { accountVariables } from "./agent-cli.js";
import type { AgentFormat } from "./agent-format.js";
import type { Permission } from "./command.js";
import { importedMcp, type ImportedMcp } from "./imported-mcp.js";
import { importedPermission, permissionOfMode } from "./imported-permission.js";
import { roleNameOf } from "./role-name.js";

/** The lines that hand the task to an agent whose text does not mention it. */
export const TASK_LINES = "Your task: {{task.title}}\n\n{{task.description}}\n";

/** An agent file, read. */
export interface AgentFile {
  format: AgentFormat;
  /** What it is called when it does not say so itself. */
  fileName: string;
  fields: Readonly<Record<string, unknown>>;
  /** What the agent is told. */
  body: string;
}

/** A role made of an agent file, as it stands in a role file. */
export interface ImportedRole {
  role: Record<string, unknown> & { name: string; command: Record<string, unknown>; prompt: string };
  /** What has no counterpart. */
  kept: Record<string, unknown>;
}

/** Fields that are carried over whole, or say nothing to a role. */
const TAKEN = ["name", "display_name", "description", "developer_instructions", "readonly"];
const MODES = ["permissionMode", "sandbox_mode"];
const TURNS = ["maxTurns", "max_turns", "steps", "maxSteps"];
const MCP = ["mcpServers", "mcp_servers", "mcp-servers"];
/** What a program takes for a model; "Claude Sonnet 4 (copilot)" is a name for people. */
const MODEL = /^[A-Za-z0-9][\w.:/@+=[\]-]*$/;

/** Makes a role of an agent file, or says why there is none in it. */
export function importedRole({ format, fileName, fields, body }: AgentFile): ImportedRole | { refused: string } {
  const text = body.replace(/\r\n?/g, "\n").trim();
  if (format === "gemini" && fields["kind"] === "remote") {
    return { refused: "it is a remote agent, which runs on a server of its own" };
  }
  if (text === "") return { refused: "there is no text in it that an agent could be told" };
  const given = textOf(fields["name"]) ?? fileName;
  const name = roleNameOf(given);
  if (name === "") return { refused: `"${given}" does not make the name of a role` };

  const kept: Record<string, unknown> = { ...fields };
  for (const key of TAKEN) Reflect.deleteProperty(kept, key);
  const minutes = numberOf(fields, kept, ["timeout_mins"]);
  const display = textOf(fields["display_name"]) ?? (given === name ? undefined : given);
  const description = textOf(fields["description"])?.replaceAll("\\n", "\n").trim();
  // A text that says where the task goes is a prompt; any other says who the agent is.
  const isPrompt = /\{\{\s*task\./.test(text);
  const { mcp, ...options } = commandOf(format, fields, kept);
  const turns = numberOf(fields, kept, TURNS);
  const role = {
    name,
    ...(display !== undefined && { display_name: display.slice(0, 64) }),
    ...(description !== undefined && description !== "" && { description }),
    match: { types: [name] },
    command: { adapter: format, ...options, ...(!isPrompt && { system_prompt: `${text}\n` }), ...(mcp && { mcp }) },
    prompt: isPrompt ? `${text}\n` : TASK_LINES,
    ...(minutes !== undefined && { timeout: `${minutes}m` }),
    ...(turns !== undefined && { max_turns: turns }),
    env: { allow: accountVariables(format) },
  };
  return { role, kept };
}

interface CommandOptions {
  model?: string;
  permission?: Permission;
  mcp?: ImportedMcp["servers"];
}

/** The options of the command; what was used up is taken out of `kept`. */
function commandOf(format: AgentFormat, fields: AgentFile["fields"], kept: Record<string, unknown>): CommandOptions {
  const permission = importedPermission(fields);
  for (const key of MODES) if (permissionOfMode(fields[key]) === permission) Reflect.deleteProperty(kept, key);
  if (format === "gemini") delete kept["kind"];

  const model = fields["model"];
  const inherits = model === "inherit" || model === null;
  // Cursor's "fast" is a word of its agent files that its program does not know.
  const isModel = typeof model === "string" && MODEL.test(model) && !(format === "cursor" && model === "fast");
  if (inherits || isModel) delete kept["model"];

  const mcpKey = MCP.find((key) => fields[key] !== undefined && fields[key] !== null);
  const { servers, whole } = importedMcp(mcpKey === undefined ? {} : fields[mcpKey]);
  if (mcpKey !== undefined && whole) Reflect.deleteProperty(kept, mcpKey);
  return {
    ...(isModel && !inherits && { model }),
    ...(permission !== undefined && { permission }),
    ...(Object.keys(servers).length > 0 && { mcp: servers }),
  };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;

/** The first of these fields that is a number above nothing. */
function numberOf(
  fields: AgentFile["fields"],
  kept: Record<string, unknown>,
  keys: readonly string[],
): number | undefined {
  const key = keys.find((each) => Number(fields[each]) > 0);
  if (key === undefined) return undefined;
  Reflect.deleteProperty(kept, key);
  return Number(fields[key]);
}
