import { mkdir, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { abandonedJournals, isJournal, journalName, ownerText, thisOwner } from "../../journal-owner.js";
import { errnoOf } from "../../errors.js";
import { LEFTOVER_TERM_MS } from "../group.js";
import { sweep } from "../sweep.js";

/** A folder that is one attempt's: nobody else works in it until it is released. */
export interface Held {
  /** Gives it back, and removes the folder when nothing is in it. */
  release: () => Promise<void>;
}

/**
 * Takes a folder for one attempt, or waits for it. Whoever wants it leaves a file that says whose it is, and then looks
 * who else has: being the only one, it is theirs. Of two who come at once the later to look sees the other, so never
 * do both get it; the one whose name sorts first stays, the others step back. What a dead owner left counts for
 * nothing, once all that carries its run id has ended: its command may have outlived it.
 * @param waitMs how long it may be somebody else's
 * @param onWait told once that it has to be waited for, and for whom
 * @returns whose it is when it did not become ours in time, or the signal was aborted
 */
export async function hold(
  dir: string,
  runId: string,
  waitMs: number,
  signal: AbortSignal,
  onWait: (heldBy: string) => void = () => undefined,
): Promise<Held | { heldBy: string }> {
  const name = journalName(await thisOwner(), runId);
  const file = join(dir, name);
  const leave = (): Promise<void> => rm(file, { force: true });
  let told = false;
  const deadline = performance.now() + waitMs;
  try {
    for (;;) {
      await enter(dir, file);
      const others = (await holders(dir)).filter((other) => other !== name);
      const [first] = others;
      if (first === undefined) return { release: () => leave().then(() => removeEmpty(dir)) };
      const isOver = signal.aborted || performance.now() >= deadline;
      if (isOver || others.some((other) => other < name)) await leave();
      if (isOver) return { heldBy: ownerText(first) };
      if (!told) onWait(ownerText(first));
      told = true;
      await sleep(20 + Math.random() * 60);
    }
  } catch (error) {
    await leave();
    throw error;
  }
}

/** The files of those who have the folder or want it, and live, or may live where nobody here can look. */
export async function holders(dir: string): Promise<string[]> {
  const names = (await readdir(dir)).filter(isJournal);
  const abandoned = await abandonedJournals(dir);
  for (const { name, id, fate } of abandoned) {
    if (fate === "dead") await sweep(id, { termMs: LEFTOVER_TERM_MS });
    await rm(join(dir, name), { force: true });
  }
  return names.filter((name) => !abandoned.some((gone) => gone.name === name)).sort();
}

/** A folder that cannot be made (its path leads through a link to nowhere) looks the same as one that was removed. */
const ENTER_TRIES = 100;

/** Whoever releases it may be removing the folder just now, also while `mkdir` looks what there is. */
async function enter(dir: string, file: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await writeFile(file, "");
      return;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT" || tries === ENTER_TRIES) throw error;
    }
  }
}

const removeEmpty = (dir: string): Promise<void> => rmdir(dir).catch(() => undefined);
