import { Command, Option } from "commander";
import type { Declaration } from "../context.js";

/** Options every command has. */
export function outputOptions(command: Command): Command {
  return command
    .addOption(new Option("--json", "print JSON on stdout").helpGroup("Output:"))
    .addOption(new Option("-q, --quiet", "print ids only").helpGroup("Output:"))
    .addOption(new Option("--color", "colours, whatever the output is").helpGroup("Output:"))
    .addOption(new Option("--no-color", "no colours").helpGroup("Output:"))
    .addOption(new Option("--debug", "show the stack of an error").helpGroup("Output:"));
}

const inGroup = (flags: string, description: string) => new Option(flags, description).helpGroup("Connection:");

/** Options of commands that talk to NATS. `--timeout` is left out where it has another meaning. */
export function natsOptions(command: Command, { timeout = true } = {}): Command {
  command
    .addOption(inGroup("-s, --server <url>", "NATS server, or several with commas between (NATS_URL)"))
    .addOption(inGroup("--context <name>", "natscli context (NATS_CONTEXT)"))
    .addOption(inGroup("--creds <file>", "credentials file (NATS_CREDS)"))
    .addOption(inGroup("--user <name>", "user name (NATS_USER)"))
    .addOption(inGroup("--password <text>", "password (NATS_PASSWORD)"))
    .addOption(inGroup("--token <text>", "token (NATS_TOKEN)"))
    .addOption(inGroup("--nkey <file>", "nkey seed file (NATS_NKEY)"))
    .addOption(inGroup("--ca <file>", "TLS authority (NATS_CA)"))
    .addOption(inGroup("--cert <file>", "TLS client certificate (NATS_CERT)"))
    .addOption(inGroup("--key <file>", "TLS client key (NATS_KEY)"));
  if (timeout) command.addOption(inGroup("--timeout <duration>", "limit for connecting (default: 5s)"));
  return command
    .addOption(inGroup("--workspace <id>", "workspace (MJAGENT_WORKSPACE; default: MJ_ONLINE)"))
    .addOption(inGroup("--prefix <token>", "subject prefix of the workspace (MJAGENT_PREFIX; default: mjwork)"));
}

export const agentsDirOption = (command: Command): Command =>
  command.option("--agents-dir <folder>", "role files (MJAGENT_AGENTS_DIR; default: agents/ nearest up the tree)");

export const examples = (command: Command, ...lines: string[]): Command =>
  command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`);

/** Binds a command to its module, which is loaded only when the command is run. */
export function bind(command: Command, load: Declaration["load"], more: Omit<Declaration, "load"> = {}): Command {
  return outputOptions(command).action(async () => {
    const { dispatch } = await import("../dispatch.js");
    await dispatch(command, { load, ...more });
  });
}
