import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { geminiDialect } from "../dialects/gemini.js";
import { type Adapter, option } from "./adapter.js";

const MODES = { "read-only": "plan", edit: "auto_edit", full: "yolo" } as const;

/** Gemini CLI. Its exit code for an error of the API is the HTTP status, less what does not fit in a byte. */
export const gemini: Adapter = {
  name: "gemini",
  binary: programOfCli("gemini"),
  install: "npm install -g @google/gemini-cli",
  seen: "0.61.0",
  versions: ["0.20.0", "1.0.0"],
  dialect: geminiDialect,
  tells: "tokens",
  start: ({ permission, model, resume }) => ({
    args: [
      ...["-o", "stream-json", "--approval-mode", MODES[permission], "--skip-trust"],
      ...option("-m", model),
      ...option("--resume", resume),
    ],
    env: {
      // Otherwise it starts itself once more, and the outer process ignores signals.
      GEMINI_CLI_NO_RELAUNCH: "true",
      GEMINI_CLI_TRUST_WORKSPACE: "true",
    },
  }),
  // A system prompt would replace the one it works by; settings beside the user's it takes from root's folders only.
  lacks: { systemPrompt: true, mcp: true },
  passes: ["GEMINI_CLI_HOME", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"],
  exitCodes: { 41: "auth", 53: "turn_limit" },
  // The lowest byte of the status.
  exitStatus: { 144: 400, 145: 401, 147: 403, 148: 404, 173: 429, 244: 500, 247: 503 },
  retryOnStderr: /^Attempt \d+ failed/,
  login: {
    env: accountVariables("gemini"),
    files: ["~/.gemini/oauth_creds.json"],
    how: "run `gemini` once and log in, or set GEMINI_API_KEY and allow it in env.allow",
  },
};
