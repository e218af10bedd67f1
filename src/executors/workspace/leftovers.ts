import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, messageOf } from "../../errors.js";
import { finishWorktree } from "./commit.js";
import { hold, holders } from "./lock.js";
import { type Note, readNote, treeOf } from "./note.js";
import { inRepository } from "./repository.js";
import { gitAnswer } from "./git.js";
import { sweepTemp } from "./temp.js";
import { worktreesDir } from "./worktree.js";

/** Of several launchers that start at once, one does it. */
const WAIT_MS = 2_000;

/**
 * Puts away the worktrees and folders that launchers of this machine have left because they were killed: what is not
 * committed is, on its task's branch, and the worktree is removed. What a living launcher works in is not touched.
 * @returns one message for each worktree, for people
 */
export async function sweepWorkspaces(dir = worktreesDir()): Promise<string[]> {
  await sweepTemp();
  const messages: string[] = [];
  for (const repository of await namesIn(dir)) {
    for (const name of await namesIn(join(dir, repository))) {
      const message = await sweepSlot(join(dir, repository, name)).catch(
        (error: unknown) => `${join(dir, repository, name)} could not be put away: ${messageOf(error)}`,
      );
      if (message !== null) messages.push(message);
    }
  }
  return messages;
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function sweepSlot(slot: string): Promise<string | null> {
  // Most are in use: looking disturbs nobody, asking for one would.
  if ((await holders(slot)).length > 0) return null;
  const runId = randomUUID();
  const held = await hold(slot, runId, WAIT_MS, new AbortController().signal);
  if ("heldBy" in held) return null;
  try {
    const note = await readNote(slot);
    return note && (await putAway(slot, note, runId));
  } finally {
    await held.release();
  }
}

async function putAway(slot: string, note: Note, runId: string): Promise<string | null> {
  const { git_dir, task_id, branch, title, common_dir } = note;
  const tree = treeOf(slot, note);
  if (git_dir === null) {
    // Killed while it was being made: nobody has worked in it.
    await gitAnswer(["worktree", "remove", "--force", "--force", tree], inRepository(common_dir, runId));
    await rm(slot, { recursive: true, force: true });
    return null;
  }
  const message = `${title}\n\nTask ${task_id}: what an attempt left that was killed`;
  const { kept, changes } = await finishWorktree({ slot, note: { ...note, git_dir }, runId }, message);
  if (kept !== null) return `the worktree ${tree} of ${branch} is kept: ${kept}`;
  return changes
    ? `put away the worktree of ${task_id} that an earlier run had left: all of it is on ${branch}`
    : `put away the worktree of ${task_id} that an earlier run had left: nothing was changed in it`;
}
