import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import type { Permission } from "../../domain/command.js";
import { opencodeDialect } from "../dialects/opencode.js";
import { type Adapter, type Invocation, option } from "./adapter.js";

const RULES: Record<Permission, object> = {
  "read-only": { "*": "allow", edit: "deny", bash: "deny" },
  edit: { "*": "allow", bash: "deny" },
  full: { "*": "allow" },
};

/** opencode. Its settings come in a variable, on top of what the role sets there and what its files say. */
export const opencode: Adapter = {
  name: "opencode",
  binary: programOfCli("opencode"),
  install: "npm install -g opencode-ai",
  seen: "1.18.33",
  versions: ["1.0.0", "2.0.0"],
  dialect: opencodeDialect,
  tells: "cost",
  start: (run) => ({
    args: [
      ...["run", "--format", "json", "--dir", run.cwd],
      ...option("-m", run.model),
      ...option("--session", run.resume),
    ],
    env: { OPENCODE_CONFIG_CONTENT: JSON.stringify({ ...configOf(run.env), ...settings(run) }) },
  }),
  lacks: { systemPrompt: true },
  passes: ["OPENCODE_CONFIG", "OPENCODE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"],
  login: {
    env: accountVariables("opencode"),
    files: ["$XDG_DATA_HOME/opencode/auth.json", "~/.local/share/opencode/auth.json"],
    how: "run `opencode auth login`, or set the API key of its provider and allow it in env.allow",
  },
};

const settings = ({ permission, mcp }: Invocation): object => ({
  autoupdate: false,
  share: "disabled",
  permission: RULES[permission],
  ...(Object.keys(mcp).length > 0 && {
    mcp: Object.fromEntries(
      Object.entries(mcp).map(([name, { command, args, env }]) => [
        name,
        { type: "local", command: [command, ...args], environment: env, enabled: true },
      ]),
    ),
  }),
});

function configOf(env: Invocation["env"]): object {
  try {
    const config: unknown = JSON.parse(env["OPENCODE_CONFIG_CONTENT"] ?? "{}");
    return typeof config === "object" && config !== null ? config : {};
  } catch {
    return {};
  }
}
