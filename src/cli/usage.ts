import type { Command, CommanderError } from "commander";
import { MjError } from "../errors.js";
import { unknown } from "../schema-problems.js";
import { reportOf } from "./errors.js";
import { Output } from "./output.js";

/** Writes a usage error that commander found in our own words and form. */
export function reportUsage(error: CommanderError, program: Command, args: readonly string[]): void {
  const before = args.slice(0, args.indexOf("--") === -1 ? args.length : args.indexOf("--"));
  const json = before.includes("--json");
  // A command was missing: commander has written the help to stderr, which says all there is to say.
  if (error.code === "commander.help" && !json) return;
  const color = before.includes("--no-color") ? false : before.includes("--color") ? true : undefined;
  const { noteStyle } = new Output({ color });
  process.stderr.write(`${reportOf(usageError(error, program, args), { json, red: noteStyle.red })}\n`);
}

function usageError(error: CommanderError, program: Command, args: readonly string[]): MjError {
  const { command, rest } = findCommand(program, args);
  const help = `see: ${pathOf(command)} --help`;
  if (error.code === "commander.help")
    return new MjError("usage", `${pathOf(command)} needs a command`, { hint: help });
  if (error.code === "commander.excessArguments" && command.commands.length > 0 && rest !== undefined) {
    // A group runs its default command on a word it does not know.
    const names = command.commands.map((sub) => sub.name());
    return new MjError(
      "usage",
      unknown(
        "command",
        `${command.name()} ${rest}`,
        names.map((name) => `${command.name()} ${name}`),
      ),
      {
        hint: help,
      },
    );
  }
  const [what = "", suggestion] = error.message.split("\n");
  const meant = /^\((.*)\)$/.exec(suggestion ?? "")?.[1];
  return new MjError("usage", what.replace(/^error: /, ""), {
    hint: meant === undefined ? help : `${meant.charAt(0).toLowerCase()}${meant.slice(1)} ${help}`,
  });
}

/** The command that was asked for, and the first word that is not one. */
function findCommand(program: Command, args: readonly string[]): { command: Command; rest: string | undefined } {
  let command = program;
  for (const arg of args.filter((each) => !each.startsWith("-"))) {
    const sub = command.commands.find((each) => each.name() === arg);
    if (sub === undefined) return { command, rest: arg };
    command = sub;
  }
  return { command, rest: undefined };
}

const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
