import { randomUUID } from "node:crypto";
import { text as readAll } from "node:stream/consumers";
import { isRejected, transition } from "../domain/lifecycle.js";
import type { Outcome } from "../domain/outcome.js";
import { agentIdOf, type Role } from "../domain/role.js";
import { NewTask, type TaskRecord } from "../domain/task.js";
import { MjError } from "../errors.js";
import { createExecutor } from "../executors/create.js";
import type { ExecutionContext } from "../executors/executor.js";
import { readyRole } from "../executors/ready.js";
import { loadRole } from "../operations/roles.js";
import type { CommandContext } from "./context.js";

const TITLE_LENGTH = 100;

/** A role that this host can run, and how to run it on a prompt: without NATS, records or retries. */
export interface DirectRun {
  role: Role;
  run: (prompt: string, watcher: Pick<ExecutionContext, "log" | "onStart">) => Promise<Outcome>;
}

/** Loads a role, and makes sure that it can run here. @throws MjError when it cannot */
export async function directRun(context: CommandContext, name: string): Promise<DirectRun> {
  const loaded = await loadRole(await context.agentsDir(), name);
  const where = { projectDir: loaded.projectDir, natsUrl: process.env["NATS_URL"] };
  const { role, warnings } = await readyRole(loaded.role, where, await context.adapters());
  for (const warning of warnings) context.out.warn(warning);
  const agent = { agent_id: agentIdOf(role), role: role.name, description: role.description };
  return {
    role,
    run: async (prompt, watcher) =>
      await createExecutor(role, where).run(
        { task: taskOf(role, prompt), agent, attempt: 1, epoch: 1, blockers: [], parent: null },
        { runId: randomUUID(), signal: context.signal, ...watcher },
      ),
  };
}

/** The text of `--prompt`; - is stdin. */
export async function readPrompt(given: string): Promise<string> {
  const prompt = (given === "-" ? await readAll(process.stdin) : given).trim();
  if (prompt !== "") return prompt;
  throw new MjError("usage", "the prompt is empty", { hint: 'give --prompt "…", or - and text on stdin' });
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
