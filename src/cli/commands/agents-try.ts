import { z } from "zod";
import type { Outcome } from "../../domain/outcome.js";
import { FAILURE_REASONS } from "../../domain/reasons.js";
import { EXIT_CODES } from "../../errors.js";
import { shellWord } from "../../executors/argv.js";
import type { CommandContext } from "../context.js";
import { directRun, readPrompt } from "../direct-run.js";
import { readOptions } from "../options.js";
import { resultLines } from "../task-detail.js";
import { indent } from "../status-view.js";
import { manyLines, oneLine } from "../text.js";

const Options = z.object({ prompt: z.string() });

/** `mjagent agents try`: one run outside the queue, with all there is to see of it. */
export async function run(context: CommandContext): Promise<number | undefined> {
  const { out, args } = context;
  const prompt = await readPrompt(readOptions(context, Options).prompt);
  const { run } = await directRun(context, args[0] ?? "");
  const { dim, bold } = out.noteStyle;
  const outcome = await run(prompt, {
    onStart: ({ file, args, cwd, variables, stdin }) => {
      out.note(`${bold("runs")}   ${oneLine([file, ...args].map(shellWord).join(" "))}`);
      out.note(`${bold("in")}     ${oneLine(cwd)}`);
      out.note(`${bold("sees")}   ${oneLine(variables.join(" "))}`);
      if (stdin !== "") out.note(`${bold("stdin")}\n${dim(manyLines(stdin.trimEnd()).replace(/^/gm, "  "))}`);
      out.note(bold("says"));
    },
    log: (stream, line, shown) => {
      for (const text of shown ?? [line]) out.note(`  ${stream === "stderr" ? dim(manyLines(text)) : manyLines(text)}`);
    },
  });
  out.item(outcome, { text: (ended, style) => outcomeText(ended, style.bold) });
  return outcome.kind === "completed" ? undefined : EXIT_CODES.failure;
}

function outcomeText(outcome: Outcome, heading: (text: string) => string): string {
  const lines = (title: string, result: Parameters<typeof resultLines>[0] | null): string =>
    [heading(title), ...(result === null ? [] : resultLines(result).map(indent))].join("\n");
  switch (outcome.kind) {
    case "completed":
      return lines("completed", outcome.result);
    case "failed": {
      const why = `failed (${outcome.reason}: ${FAILURE_REASONS[outcome.reason].text}): ${oneLine(outcome.message)}`;
      return lines(why, outcome.result);
    }
    case "snooze":
      return heading(`asks to be run later: ${oneLine(outcome.message)}`);
    case "stopped":
      return heading("stopped");
  }
}
