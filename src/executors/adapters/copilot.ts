import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { copilotDialect } from "../dialects/copilot.js";
import { type Adapter, hasMcp, mcpServers, option } from "./adapter.js";

const TOOLS = {
  "read-only": ["--allow-all-tools", "--deny-tool", "write", "--deny-tool", "shell"],
  edit: ["--allow-all-tools", "--deny-tool", "shell"],
  full: ["--allow-all-tools", "--allow-all-paths"],
} as const;

/** GitHub Copilot CLI. */
export const copilot: Adapter = {
  name: "copilot",
  binary: programOfCli("copilot"),
  install: "npm install -g @github/copilot",
  seen: "1.0.102",
  versions: ["1.0.0", "2.0.0"],
  dialect: copilotDialect,
  tells: "nothing",
  start: ({ permission, model, mcp, resume }) => ({
    args: [
      ...["--output-format", "json", "--no-color", "--no-auto-update", "--no-ask-user", ...TOOLS[permission]],
      ...option("--model", model),
      ...(hasMcp({ mcp }) ? ["--additional-mcp-config", "@{file:mcp.json}"] : []),
      ...(resume === undefined ? [] : [`--resume=${resume}`]),
    ],
    ...(hasMcp({ mcp }) && { files: { "mcp.json": mcpServers(mcp) } }),
  }),
  lacks: { systemPrompt: true },
  passes: [
    "COPILOT_HOME",
    "COPILOT_MODEL",
    "COPILOT_PROVIDER_BASE_URL",
    "COPILOT_OFFLINE",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
  ],
  login: {
    env: accountVariables("copilot"),
    files: ["~/.copilot/config.json", "~/.config/github-copilot/apps.json"],
    how: "run `copilot` once and use /login, or set GH_TOKEN and allow it in env.allow",
  },
};
