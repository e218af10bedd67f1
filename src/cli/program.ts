import { Command, CommanderError } from "commander";
import { EXIT_CODES } from "../errors.js";
import { declareAgents } from "./declare/agents.js";
import { declareMoney } from "./declare/money.js";
import { outputOptions } from "./declare/options.js";
import { declareServer } from "./declare/server.js";
import { declareTasks } from "./declare/tasks.js";
import { readerGone } from "./signals.js";

/** The command tree. */
export function buildProgram(): Command {
  const program = new Command("mjagent")
    .description("Autonomous AI agents from YAML roles: they claim, run, hand off and report work over NATS JetStream.")
    // Options before the command are the program's, those after it the command's: a task may be called "--json".
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .version("", "-V, --version", "print the version")
    .helpCommand("help [command]", "help for a command")
    .addHelpText("after", "\nExamples:\n  $ mjagent init\n  $ mjagent server start\n  $ mjagent run --all");
  outputOptions(program);
  declareAgents(program);
  declareTasks(program);
  declareMoney(program);
  declareServer(program);
  return program;
}

/** Runs a command line (without node and script) and leaves the exit code in `process.exitCode`. */
export async function runProgram(args: readonly string[]): Promise<void> {
  // `mjagent tasks | head -1`: the reader has what it wanted.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    // A command that has agents online ends in order.
    if (!readerGone()) process.exit(0);
  });
  const program = buildProgram();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    process.exitCode = EXIT_CODES.usage;
    const { reportUsage } = await import("./usage.js");
    reportUsage(error, program, args);
  }
}
