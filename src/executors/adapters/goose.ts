import { accountVariables, programOfCli } from "../../domain/agent-cli.js";
import { gooseDialect } from "../dialects/goose.js";
import { shellWord } from "../argv.js";
import { type Adapter, option } from "./adapter.js";

/** goose. It asks a person, or does everything: nothing in between that works without one. */
export const goose: Adapter = {
  name: "goose",
  binary: programOfCli("goose"),
  install: "brew install block-goose-cli, or see https://block.github.io/goose",
  seen: null,
  versions: ["1.10.0", "2.0.0"],
  dialect: gooseDialect,
  tells: "cost",
  start: ({ model, systemPrompt, mcp, maxTurns }) => ({
    args: [
      ...["run", "-i", "-", "--output-format", "stream-json", "--no-session"],
      ...option("--model", model),
      ...option("--system", systemPrompt),
      ...Object.values(mcp).flatMap(({ command, args, env }) => [
        "--with-extension",
        // Taken apart as a shell would.
        [...Object.entries(env).map(([key, value]) => `${key}=${value}`), command, ...args].map(shellWord).join(" "),
      ]),
      ...option("--max-turns", maxTurns),
    ],
    env: { GOOSE_MODE: "auto", GOOSE_DISABLE_KEYRING: "1" },
  }),
  lacks: { permissions: ["read-only", "edit"], resume: true },
  passes: ["GOOSE_PROVIDER", "GOOSE_MODEL", "XDG_CONFIG_HOME"],
  login: {
    env: accountVariables("goose"),
    files: ["~/.config/goose/config.yaml"],
    how: "run `goose configure`, or set GOOSE_PROVIDER and its API key and allow both in env.allow",
  },
};
