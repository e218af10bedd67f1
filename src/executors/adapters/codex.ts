import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { codexDialect } from "../dialects/codex.js";
import { type Adapter, option } from "./adapter.js";

const SANDBOXES = { "read-only": "read-only", edit: "workspace-write", full: "danger-full-access" } as const;

/** A value as TOML, which a JSON text or list of texts is, too. */
const toml = (value: unknown): string => JSON.stringify(value);

const table = (fields: Readonly<Record<string, string>>): string =>
  `{${Object.entries(fields)
    .map(([key, value]) => `${toml(key)}=${toml(value)}`)
    .join(",")}}`;

/** Codex CLI. `exec resume` takes neither a sandbox nor a folder as an option: one is a setting, the other its cwd. */
export const codex: Adapter = {
  name: "codex",
  binary: programOfCli("codex"),
  install: "npm install -g @openai/codex",
  seen: "0.169.0",
  versions: ["0.100.0", "1.0.0"],
  dialect: codexDialect,
  tells: "tokens",
  start: ({ permission, model, systemPrompt, mcp, resume }) => ({
    args: [
      ...["exec", ...(resume === undefined ? [] : ["resume"]), "--json", "--skip-git-repo-check"],
      ...["-c", `sandbox_mode=${toml(SANDBOXES[permission])}`],
      ...option("-m", model),
      ...(systemPrompt === undefined ? [] : ["-c", `developer_instructions=${toml(systemPrompt)}`]),
      ...Object.entries(mcp).flatMap(([name, { command, args, env }]) => [
        "-c",
        `mcp_servers.${name}={command=${toml(command)},args=${toml(args)},env=${table(env)}}`,
      ]),
      ...(resume === undefined ? [] : [resume]),
      "-",
    ],
  }),
  cumulativeUsage: true,
  passes: ["CODEX_HOME"],
  login: {
    env: accountVariables("codex"),
    files: ["$CODEX_HOME/auth.json", "~/.codex/auth.json"],
    how: "run `codex login`, or set CODEX_API_KEY and allow it in env.allow",
  },
};
