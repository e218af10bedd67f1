import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { claudeDialect } from "../dialects/claude.js";
import { type Adapter, hasMcp, option } from "./adapter.js";

/** Amp. It asks a person, or does everything: nothing in between that works without one. */
export const amp: Adapter = {
  name: "amp",
  binary: programOfCli("amp"),
  install: "npm install -g @sourcegraph/amp",
  seen: null,
  versions: null,
  dialect: claudeDialect,
  tells: "tokens",
  start: ({ mcp, resume, model }) => ({
    args: [
      ...(resume === undefined ? [] : ["threads", "continue", resume]),
      ...["-x", "--stream-json", "--dangerously-allow-all"],
      ...option("--mode", model),
      ...(hasMcp({ mcp }) ? ["--mcp-config", "{file:mcp.json}"] : []),
    ],
    ...(hasMcp({ mcp }) && { files: { "mcp.json": JSON.stringify(mcp) } }),
  }),
  lacks: { permissions: ["read-only", "edit"], systemPrompt: true },
  login: {
    env: accountVariables("amp"),
    files: ["~/.local/share/amp/secrets.json"],
    how: "run `amp login`, or set AMP_API_KEY and allow it in env.allow",
  },
};
