import { z } from "zod";

/** The agent CLIs there is an adapter for, in the order in which `auto` looks for them. */
export const AGENT_CLIS = [
  "claude",
  "codex",
  "gemini",
  "opencode",
  "qwen",
  "copilot",
  "cursor",
  "goose",
  "amp",
  "aider",
] as const;
export type AgentCliName = (typeof AGENT_CLIS)[number];

/** What an agent may do by itself: look, change files of its folder, or anything the user can. */
export const PERMISSIONS = ["read-only", "edit", "full"] as const;
export type Permission = (typeof PERMISSIONS)[number];

const text = z.string().min(1);

/** An MCP server the CLI starts, over stdio. */
export const McpServer = z.strictObject({
  command: text,
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
});
export type McpServer = z.output<typeof McpServer>;

const ProgramCommand = z.strictObject({
  adapter: z.literal("command"),
  run: z.array(z.string()).min(1, { error: "run needs at least the program" }),
});
/** What holds for every agent CLI; what one of them cannot do is refused by its adapter. */
const AgentCommand = z.strictObject({
  adapter: z.enum([...AGENT_CLIS, "auto"]),
  model: text.optional(),
  /** A name for the account at the provider: agents with the same one share its limits. */
  account: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "an account's name is 1 to 64 letters, digits, _ or -" })
    .optional(),
  permission: z.enum(PERMISSIONS).default("edit"),
  /** Added to the CLI's own. */
  system_prompt: text.optional(),
  mcp: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), McpServer).default({}),
});
export type AgentCommand = z.output<typeof AgentCommand>;

/** How a role's work is run. */
export const Command = z.discriminatedUnion("adapter", [ProgramCommand, AgentCommand]);
export type Command = z.output<typeof Command>;
