import { randomUUID } from "node:crypto";
import { text as readAll } from "node:stream/consumers";
import { z } from "zod";
import { isRejected, transition } from "../../domain/lifecycle.js";
import { FAILURE_REASONS } from "../../domain/reasons.js";
import { agentIdOf, type Role } from "../../domain/role.js";
import { NewTask, type TaskRecord } from "../../domain/task.js";
import { EXIT_CODES, MjError } from "../../errors.js";
import { createExecutor } from "../../executors/create.js";
import { readyRole } from "../../executors/ready.js";
import { loadRole } from "../../operations/roles.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import { manyLines } from "../text.js";

const Options = z.object({ agent: z.string(), prompt: z.string() });
const TITLE_LENGTH = 100;

/** `mjagent exec`: the direct mode. One run of a role's command, without NATS, records or retries. */
export async function run(context: CommandContext): Promise<number | undefined> {
  const options = readOptions(context, Options);
  const { out, signal } = context;
  const prompt = (options.prompt === "-" ? await readAll(process.stdin) : options.prompt).trim();
  if (prompt === "")
    throw new MjError("usage", "the prompt is empty", { hint: 'give --prompt "…", or - and text on stdin' });
  const loaded = await loadRole(await context.agentsDir(), options.agent);
  const where = { projectDir: loaded.projectDir, natsUrl: process.env["NATS_URL"] };
  const { role, warnings } = await readyRole(loaded.role, where, await context.adapters());
  for (const warning of warnings) out.warn(warning);
  const task = taskOf(role, prompt);
  const agent = { agent_id: agentIdOf(role), role: role.name, description: role.description };
  // What a program prints is its answer; what an AI's CLI prints on stdout is its protocol, and the answer is in it.
  const live = role.command.adapter === "command" && !out.json && !out.quiet;
  const outcome = await createExecutor(role, where).run(
    { task, agent, attempt: 1, epoch: 1, blockers: [], parent: null },
    {
      runId: randomUUID(),
      signal,
      log: (stream, line, shown) => {
        for (const text of shown ?? [line]) {
          if (live && stream === "stdout") out.raw(text);
          else out.note(manyLines(text));
        }
      },
    },
  );
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

/** The task that a prompt stands for: claimed already, and in no store. */
function taskOf(role: Role, prompt: string): TaskRecord {
  const now = new Date().toISOString();
  const title = (prompt.split("\n")[0] ?? "").slice(0, TITLE_LENGTH);
  const task = { title, description: prompt, created_by: "exec" };
  const published = transition(
    null,
    { type: "published", task_id: "exec", task: NewTask.parse(task), blockers: [] },
    now,
  );
  const claimed = isRejected(published)
    ? published
    : transition(published, { type: "claimed", owner: agentIdOf(role), instance_id: "exec", max_attempts: 1 }, now);
  if (isRejected(claimed)) throw new MjError("failure", claimed.message);
  return claimed;
}
