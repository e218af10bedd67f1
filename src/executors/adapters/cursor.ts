import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { claudeDialect } from "../dialects/claude.js";
import { type Adapter, option } from "./adapter.js";

const FLAGS = {
  "read-only": ["--mode", "ask"],
  edit: ["--force", "--sandbox", "enabled"],
  full: ["--force", "--sandbox", "disabled"],
} as const;

/** Cursor's CLI. MCP servers come from its own files alone. */
export const cursor: Adapter = {
  name: "cursor",
  binary: programOfCli("cursor"),
  install: "curl https://cursor.com/install -fsS | bash",
  seen: null,
  versions: null,
  dialect: claudeDialect,
  tells: "tokens",
  start: ({ permission, model, resume }) => ({
    args: [
      ...["-p", "--output-format", "stream-json", "--trust", ...FLAGS[permission]],
      ...option("--model", model),
      ...option("--resume", resume),
    ],
  }),
  lacks: { systemPrompt: true, mcp: true },
  login: {
    env: accountVariables("cursor"),
    files: ["~/.config/cursor/auth.json"],
    how: "run `cursor-agent login`, or set CURSOR_API_KEY and allow it in env.allow",
  },
};
