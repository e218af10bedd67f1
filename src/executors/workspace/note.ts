import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const FILE = "worktree.json";

/** What is known of a worktree beside it, for whoever finds it when its launcher was killed. */
const Note = z.object({
  task_id: z.string().min(1),
  created_at: z.string(),
  title: z.string(),
  author: z.string(),
  branch: z.string(),
  base: z.string(),
  /** What the worktrees of its repository share. */
  common_dir: z.string().min(1),
  repository: z.string(),
  /** Git's own folder of the worktree; null while it is being made: nobody has worked in it then. */
  git_dir: z.string().min(1).nullable(),
});
export type Note = z.output<typeof Note>;

/** The note in a slot; null when there is none that can be read. */
export async function readNote(slot: string): Promise<Note | null> {
  try {
    return Note.safeParse(JSON.parse(await readFile(join(slot, FILE), "utf8"))).data ?? null;
  } catch {
    return null;
  }
}

/** Renamed into place: a note is there whole or not at all. */
export async function writeNote(slot: string, note: Note): Promise<void> {
  const aside = join(slot, `.${FILE}`);
  await writeFile(aside, JSON.stringify(note), { mode: 0o600 });
  await rename(aside, join(slot, FILE));
}

export const noteFile = (slot: string): string => join(slot, FILE);
/** Where in its slot the worktree is: programs show the name of the folder they work in. */
export const treeOf = (slot: string, { task_id }: { task_id: string }): string => join(slot, task_id);
