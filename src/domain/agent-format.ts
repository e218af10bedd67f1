import type { AgentCliName } from "./command.js";

/** The agent CLIs whose agent files can be read. */
export type AgentFormat = Extract<AgentCliName, "claude" | "codex" | "opencode" | "gemini" | "copilot" | "cursor">;

/** Where a CLI keeps the agents of a project, and which files there are some. */
interface AgentFolder {
  folder: string;
  format: AgentFormat;
  file: RegExp;
}

const MARKDOWN = /\.md$/i;

/** The folders of a project in which agents are looked for, with the folders in them. */
export const AGENT_FOLDERS: readonly AgentFolder[] = [
  { folder: ".claude/agents", format: "claude", file: MARKDOWN },
  { folder: ".codex/agents", format: "codex", file: /\.toml$/i },
  { folder: ".opencode/agent", format: "opencode", file: MARKDOWN },
  { folder: ".opencode/agents", format: "opencode", file: MARKDOWN },
  { folder: ".gemini/agents", format: "gemini", file: MARKDOWN },
  { folder: ".github/agents", format: "copilot", file: /\.agent\.md$/i },
  { folder: ".cursor/agents", format: "cursor", file: MARKDOWN },
];

/** A person's own agents are in other folders than a project's. */
const OTHER_FOLDERS: readonly (readonly [folder: string, format: AgentFormat])[] = [
  [".config/opencode/agent", "opencode"],
  [".config/opencode/agents", "opencode"],
  [".copilot/agents", "copilot"],
];

/** Keys that only one of them has; a file that has none of these is Claude's, as most are. */
const TELLING: readonly (readonly [format: AgentFormat, keys: readonly string[]])[] = [
  ["claude", ["permissionMode", "maxTurns", "disallowedTools"]],
  ["gemini", ["max_turns", "timeout_mins", "kind"]],
  ["cursor", ["readonly", "is_background"]],
  ["opencode", ["mode", "steps", "permission"]],
  ["copilot", ["mcp-servers", "target", "handoffs"]],
];

/**
 * Whose format a file has: its folder says so, else its name, else what is in it.
 * @param path absolute, with `/` between its parts
 */
export function agentFormatOf(path: string, fields: Readonly<Record<string, unknown>>): AgentFormat {
  const folders = [...AGENT_FOLDERS.map(({ folder, format }) => [folder, format] as const), ...OTHER_FOLDERS];
  const byFolder = folders.find(([folder]) => path.includes(`/${folder}/`))?.[1];
  if (byFolder !== undefined) return byFolder;
  if (/\.toml$/i.test(path)) return "codex";
  if (/\.agent\.md$/i.test(path)) return "copilot";
  return TELLING.find(([, keys]) => keys.some((key) => Object.hasOwn(fields, key)))?.[0] ?? "claude";
}

/** What an agent is called by its file: the name without what says that it is one. */
export const agentNameOf = (file: string): string => file.replace(/(\.agent)?\.(md|toml)$/i, "");
