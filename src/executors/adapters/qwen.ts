import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { claudeDialect } from "../dialects/claude.js";
import { type Adapter, hasMcp, mcpServers, option } from "./adapter.js";

const MODES = { "read-only": "plan", edit: "auto-edit", full: "yolo" } as const;

/** Qwen Code. */
export const qwen: Adapter = {
  name: "qwen",
  binary: programOfCli("qwen"),
  install: "npm install -g @qwen-code/qwen-code",
  seen: "0.15.10",
  versions: ["0.10.0", "1.0.0"],
  dialect: claudeDialect,
  tells: "tokens",
  start: ({ permission, model, systemPrompt, mcp, maxTurns, resume }) => ({
    args: [
      ...["-o", "stream-json", "--approval-mode", MODES[permission]],
      ...option("-m", model),
      ...option("--append-system-prompt", systemPrompt),
      ...(hasMcp({ mcp }) ? ["--mcp-config", "{file:mcp.json}"] : []),
      ...option("--max-session-turns", maxTurns),
      ...option("--resume", resume),
    ],
    ...(hasMcp({ mcp }) && { files: { "mcp.json": mcpServers(mcp) } }),
  }),
  cumulativeUsage: true,
  passes: ["OPENAI_BASE_URL", "OPENAI_MODEL", "QWEN_CODE_HOME"],
  exitCodes: { 53: "turn_limit", 55: "turn_limit" },
  login: {
    env: accountVariables("qwen"),
    files: ["~/.qwen/oauth_creds.json"],
    how: "run `qwen` once and log in, or set OPENAI_API_KEY and allow it in env.allow",
  },
};
