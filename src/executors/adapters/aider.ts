import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { type Adapter, option } from "./adapter.js";

const FLAGS = { "read-only": ["--dry-run"], edit: [], full: [] } as const;

/** aider. It prints text for people, and exits with 0 whatever happens: what it prints is looked through for errors. */
export const aider: Adapter = {
  name: "aider",
  binary: programOfCli("aider"),
  install: "python3 -m pip install aider-install && aider-install",
  seen: null,
  versions: ["0.60.0", "1.0.0"],
  dialect: null,
  tells: "nothing",
  promptFile: true,
  start: ({ permission, model }) => ({
    args: [
      ...["--message-file", "{file:prompt.md}", "--yes-always", "--no-stream", "--no-pretty", "--no-auto-commits"],
      ...["--no-check-update", "--analytics-disable", ...FLAGS[permission]],
      ...option("--model", model),
    ],
  }),
  // It never runs a command without asking.
  lacks: { permissions: ["full"], mcp: true, resume: true, systemPrompt: true },
  passes: ["AIDER_MODEL", "OPENAI_API_BASE"],
  login: {
    env: accountVariables("aider"),
    files: ["~/.aider.conf.yml"],
    how: "set the API key of its provider and allow it in env.allow",
  },
};
