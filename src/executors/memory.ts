import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Outcome } from "../domain/outcome.js";
import { messageOf } from "../errors.js";
import type { AttemptInput, ExecutionContext, Executor } from "./executor.js";
import { readCopy, readMemory, writeMemory } from "./memory-file.js";
import { failed } from "./outcome.js";

/**
 * Gives an executor a memory: each attempt is told what is in the file and has a copy of it to change, which is written
 * back when, and only when, the attempt succeeded.
 * @param cwd the folder the role works in
 */
export function withMemory(executor: Executor, file: string, cwd: string): Executor {
  return {
    async run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
      const memory = await readMemory(file);
      if ("problem" in memory) return failed("agent_error", `the memory ${file} ${memory.problem}`);
      // In the folder it works in: agent CLIs let their tools write there, and hardly anywhere else.
      const folder = join(context.cwd ?? cwd, `.mjagent-${context.runId}`);
      const copy = join(folder, basename(file));
      try {
        await makeCopy(folder, copy, memory.text);
      } catch (error) {
        return failed("agent_error", `no copy of the memory can be made: ${messageOf(error)}`);
      }
      try {
        const outcome = await executor.run({ ...input, memory: memory.text }, { ...context, memoryFile: copy });
        const lost = outcome.kind === "completed" ? await keep(file, copy, memory.text, input) : null;
        if (lost !== null) context.log("stderr", `the memory was not kept: ${lost}`);
        return outcome;
      } finally {
        await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      }
    },
  };
}

async function makeCopy(folder: string, copy: string, text: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  // What a killed launcher leaves behind must not end up in somebody's commit.
  await writeFile(join(folder, ".gitignore"), "*\n");
  await writeFile(copy, text);
}

/** @returns why what the attempt noted is not kept; null when it is, or when there is nothing to keep */
async function keep(file: string, copy: string, base: string, { task, agent }: AttemptInput): Promise<string | null> {
  const mine = await readCopy(copy);
  if (mine === null) return null;
  if ("problem" in mine) return `its copy ${mine.problem}`;
  if (mine.text === base) return null;
  // Programs empty a file before they write it: an empty one is a slip far more often than a wish.
  if (mine.text.trim() === "") return "its copy is empty";
  const mark = `<!-- ${agent.agent_id}, task ${task.task_id}: noted while others changed this file -->`;
  try {
    return await writeMemory(file, { base, mine: mine.text, mark });
  } catch (error) {
    return messageOf(error);
  }
}
