import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { claudeDialect } from "../dialects/claude.js";
import { type Adapter, hasMcp, mcpServers, option } from "./adapter.js";

const MODES = { "read-only": "plan", edit: "acceptEdits", full: "bypassPermissions" } as const;

/** Claude Code. */
export const claude: Adapter = {
  name: "claude",
  binary: programOfCli("claude"),
  install: "npm install -g @anthropic-ai/claude-code",
  seen: "2.1.197",
  versions: ["1.0.0", "3.0.0"],
  dialect: claudeDialect,
  tells: "cost",
  start: ({ permission, model, systemPrompt, mcp, maxTurns, resume }) => ({
    args: [
      ...["-p", "--output-format", "stream-json", "--verbose", "--permission-mode", MODES[permission]],
      ...option("--model", model),
      ...option("--append-system-prompt", systemPrompt),
      ...(hasMcp({ mcp }) ? ["--mcp-config", "{file:mcp.json}", "--strict-mcp-config"] : []),
      ...option("--max-turns", maxTurns),
      ...option("--resume", resume),
    ],
    // Its own retries go on for minutes, ten of them, also of what cannot succeed.
    env: { CLAUDE_CODE_MAX_RETRIES: "2", DISABLE_AUTOUPDATER: "1" },
    ...(hasMcp({ mcp }) && { files: { "mcp.json": mcpServers(mcp) } }),
  }),
  passes: ["CLAUDE_CONFIG_DIR", "ANTHROPIC_BASE_URL"],
  unsets: ["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_CHILD_SESSION"],
  refuses: ({ permission, env }) =>
    permission === "full" && process.getuid?.() === 0 && env["IS_SANDBOX"] === undefined
      ? "claude refuses permission: full as root: run mjagent as another user, or set IS_SANDBOX in env.set where it is one"
      : undefined,
  login: {
    env: accountVariables("claude"),
    files: ["$CLAUDE_CONFIG_DIR/.credentials.json", "~/.claude/.credentials.json"],
    how: "run `claude` once and log in, or set ANTHROPIC_API_KEY and allow it in env.allow",
  },
};
