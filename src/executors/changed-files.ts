import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FileGlobs } from "../domain/file-globs.js";

/** More entries are not looked through: a glob must not keep an attempt from its end. */
const MAX_ENTRIES = 100_000;

/** Files by their paths, and what tells each from what it was or will be; null: there are too many. */
export type FileStamps = ReadonlyMap<string, string> | null;

/** The files of a folder that fit. What cannot be read is not there. */
export async function stampsOf(folder: string, globs: FileGlobs, limit = MAX_ENTRIES): Promise<FileStamps> {
  const stamps = new Map<string, string>();
  const folders = [""];
  let seen = 0;
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
    seen += entries.length;
    if (seen > limit) return null;
    for (const entry of entries) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      // Symbolic links to folders are not followed: they can lead anywhere, also round in circles.
      if (entry.isDirectory() && globs.mayHold(path)) folders.push(path);
      else if (!entry.isDirectory() && globs.fits(path)) await stamp(folder, path, stamps);
    }
  }
  return stamps;
}

async function stamp(folder: string, path: string, stamps: Map<string, string>): Promise<void> {
  const found = await stat(join(folder, path), { bigint: true }).catch(() => null);
  // Times alone would miss a file that was moved here, and depend on clocks.
  if (found?.isFile()) stamps.set(path, [found.ino, found.size, found.mtimeNs, found.ctimeNs].join());
}

/** What was not there before, or was another file or had another content then; by name. */
export const changedFiles = (before: NonNullable<FileStamps>, after: NonNullable<FileStamps>): string[] =>
  [...after].flatMap(([path, stamped]) => (before.get(path) === stamped ? [] : [path])).sort();
