import type { Outcome } from "../domain/outcome.js";
import type { Command, Role } from "../domain/role.js";
import { renderTemplate } from "../domain/template.js";
import { runAttempt, setUp, type ExecutorOptions } from "./attempt.js";
import { claudeOutcome } from "./claude-outcome.js";
import { findClaudeResult } from "./claude-result.js";
import type { AttemptInput, ExecutionContext, Executor } from "./executor.js";
import { OUTPUT_LIMITS } from "./lines.js";
import { templateValues } from "./values.js";

type ClaudeCommand = Extract<Command, { adapter: "claude" }>;

const PERMISSION_MODES = { "read-only": "plan", edit: "acceptEdits", full: "bypassPermissions" } as const;

const claudeArgs = ({ model, permission }: ClaudeCommand): string[] => [
  ...["-p", "--output-format", "json", "--permission-mode", PERMISSION_MODES[permission]],
  ...(model === undefined ? [] : ["--model", model]),
];

/**
 * Adapter `claude`: Claude Code in its plain form, `claude -p`, prompt on stdin, one JSON document at the end. Written
 * from its documentation; tested against test/fixtures/agents/claude.mjs, which speaks that format. In this form
 * claude prints nothing until it is done, so a `stall_timeout` limits the whole run.
 */
export function claudeExecutor(role: Role, command: ClaudeCommand, options: ExecutorOptions): Executor {
  const setup = setUp(role, options);
  return {
    async run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
      const stdout = new LastBytes(OUTPUT_LIMITS.bytes);
      const end = await runAttempt(setup, input, context, {
        file: "claude",
        args: claudeArgs(command),
        stdin: claudePrompt(role, input),
        onStdout: (chunk) => stdout.add(chunk),
      });
      const text = stdout.text();
      const answer = findClaudeResult(text);
      // The answer is what people want to read in the log, not the document around it.
      end.lines.write("stdout", Buffer.from(answer === undefined ? text : (answer.result ?? "")));
      end.lines.end();
      return claudeOutcome(end, answer);
    },
  };
}

/** Our own first line: a prompt that starts with `/` would be a command of the CLI. */
function claudePrompt(role: Role, input: AttemptInput): string {
  const { task_id, title } = input.task;
  const header = `# Task ${task_id}: ${title.replace(/\s+/g, " ")}`;
  return `${header}\n\n${renderTemplate(role.prompt ?? "", templateValues(role, input))}\n`;
}

/** The end of a stream of bytes. */
class LastBytes {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length - (this.#chunks[0]?.length ?? 0) >= this.#limit) {
      this.#length -= this.#chunks.shift()?.length ?? 0;
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
