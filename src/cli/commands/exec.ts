import { z } from "zod";
import { FAILURE_REASONS } from "../../domain/reasons.js";
import { EXIT_CODES, MjError } from "../../errors.js";
import type { CommandContext } from "../context.js";
import { directRun, readPrompt } from "../direct-run.js";
import { readOptions } from "../options.js";
import { manyLines } from "../text.js";

const Options = z.object({ agent: z.string(), prompt: z.string() });

/** `mjagent exec`: the direct mode. One run of a role's command, without NATS, records or retries. */
export async function run(context: CommandContext): Promise<number | undefined> {
  const options = readOptions(context, Options);
  const { out } = context;
  const prompt = await readPrompt(options.prompt);
  const { role, run } = await directRun(context, options.agent);
  // What a program prints is its answer; what an AI's CLI prints on stdout is its protocol, and the answer is in it.
  const live = role.command.adapter === "command" && !out.json && !out.quiet;
  const outcome = await run(prompt, {
    log: (stream, line, shown) => {
      for (const text of shown ?? [line]) {
        if (live && stream === "stdout") out.raw(text);
        else out.note(manyLines(text));
      }
    },
  });
  switch (outcome.kind) {
    case "completed": {
      const { output, summary } = outcome.result;
      if (!live) out.item(outcome.result, { text: () => manyLines(output ?? summary ?? "") });
      if (live && summary !== null) out.note(out.noteStyle.green(`✓ ${manyLines(summary)}`));
      return 0;
    }
    case "failed":
      throw new MjError("failure", `${role.name} failed: ${outcome.message}`, {
        why: FAILURE_REASONS[outcome.reason].text,
      });
    case "snooze":
      throw new MjError("failure", `${role.name} asks to be run later`, { why: outcome.message, retryable: true });
    case "stopped":
      return EXIT_CODES.failure;
  }
}
