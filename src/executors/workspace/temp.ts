import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Outcome } from "../../domain/outcome.js";
import { messageOf } from "../../errors.js";
import { abandonedJournals, journalName, thisOwner } from "../../journal-owner.js";
import { stateDir } from "../../paths.js";
import type { AttemptInput, ExecutionContext, Executor } from "../executor.js";
import { LEFTOVER_TERM_MS } from "../group.js";
import { sweep } from "../sweep.js";

/** Beside each folder, named after its attempt's run id, is a file that says whose it is. */
const tempDir = (): string => join(stateDir(), "temp");

/** Runs each attempt in an empty folder of its own, which is removed when it is over. */
export function tempExecutor(inner: Executor): Executor {
  return {
    async run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
      const dir = tempDir();
      const cwd = join(dir, context.runId);
      const owner = journalName(await thisOwner(), context.runId);
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await writeFile(join(dir, owner), "");
        await mkdir(cwd, { mode: 0o700 });
      } catch (error) {
        return { kind: "snooze", message: `no folder to work in: ${messageOf(error)}`, delay_ms: null };
      }
      try {
        return await inner.run(input, { ...context, cwd });
      } finally {
        await removeFolder(dir, context.runId, owner).catch((error: unknown) =>
          context.log("stderr", `── ${cwd} could not be removed: ${messageOf(error)}`),
        );
      }
    },
  };
}

/** Removes the folders of launchers of this machine that are gone. */
export async function sweepTemp(dir = tempDir()): Promise<void> {
  for (const { name, id, fate } of await abandonedJournals(dir)) {
    if (fate === "dead") await sweep(id, { termMs: LEFTOVER_TERM_MS });
    await removeFolder(dir, id, name);
  }
}

async function removeFolder(dir: string, runId: string, owner: string): Promise<void> {
  await rm(join(dir, runId), { recursive: true, force: true });
  await rm(join(dir, owner), { force: true });
}
