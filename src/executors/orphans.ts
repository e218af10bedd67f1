import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { abandonedJournals, journalName, thisOwner } from "../journal-owner.js";
import { LEFTOVER_TERM_MS, ProcessGroup } from "./group.js";
import { groupOf, isGroupLiving, startTimeOf } from "./proc.js";
import { openCommands, type RunningCommand, runningDir } from "./running.js";
import { sweep } from "./sweep.js";

/**
 * Ends the commands that launchers of this machine have left running because they and their wardens were killed. What
 * belongs to a launcher that lives, or to another machine that shares the folder, is not touched.
 * @returns how many commands there were to end
 */
export async function endOrphans(dir = runningDir()): Promise<number> {
  const journals = await abandonedJournals(dir);
  const ended = await Promise.all(
    journals.map(({ name, id, fate }) => {
      if (fate === "dead") return endThoseIn(dir, name, id);
      return rm(join(dir, name), { force: true }).then(() => 0);
    }),
  );
  return ended.reduce((sum, count) => sum + count, 0);
}

async function endThoseIn(dir: string, name: string, id: string): Promise<number> {
  const file = join(dir, journalName(await thisOwner(), id));
  try {
    // Of two launchers that start at once one gets it. It bears our name now: if we are killed, it is the next one's.
    await rename(join(dir, name), file);
  } catch {
    return 0;
  }
  const ended = await Promise.all(openCommands(await readFile(file, "utf8")).map(endCommand));
  await rm(file, { force: true });
  return ended.filter(Boolean).length;
}

/** @returns whether anything of it was left */
async function endCommand({ run_id, pgid, start_time }: RunningCommand): Promise<boolean> {
  if (pgid !== undefined && start_time !== undefined) {
    // Asked in this order: from the proof that the number is still the command's to the signal nothing is waited for.
    const living = (await isGroupLiving(pgid)) && pgid !== (await groupOf(process.pid));
    if (living && startTimeOf(pgid) === start_time) {
      await new ProcessGroup(pgid, LEFTOVER_TERM_MS).endLeftovers(run_id, true);
      return true;
    }
  }
  return (await sweep(run_id, { termMs: LEFTOVER_TERM_MS })) > 0;
}
