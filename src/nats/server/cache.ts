import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../errors.js";
import type { Fetched } from "./fetching.js";
import { probe, SERVER_PROGRAM } from "./probe.js";

const STAGING = ".fetching-";
const ABANDONED_MS = 60 * 60 * 1000;

/** The program in the cache of what `name` (`release-2.14.5`, `debian-bookworm`) stands for. */
export function cachedProgram(cache: string, name: string): string {
  return join(cache, name, SERVER_PROGRAM);
}

/**
 * Runs `work` in a folder of its own inside the cache, on the same file system, so that what it makes can be renamed
 * into place in one step. The folder is removed afterwards, as are those of fetches that were killed long ago.
 */
export async function inStaging<T>(cache: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const folder = await mkdtemp(join(cache, STAGING));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts a fetched program into the cache, if it runs. Whoever does so at the same moment gets a whole file too. */
export async function keep(fetched: string, target: string): Promise<Fetched> {
  await chmod(fetched, 0o755);
  const answer = await probe(fetched);
  if ("reason" in answer) throw new Error(`what was fetched is not usable: ${answer.reason}`);
  await mkdir(dirname(target), { recursive: true });
  try {
    await rename(fetched, target);
  } catch (error) {
    // Windows does not replace a program that is running; the one there is as good.
    if ("reason" in (await probe(target))) throw new Error(messageOf(error), { cause: error });
  }
  return { path: target, version: answer.version };
}

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(STAGING)) continue;
    const age = await stat(join(cache, name)).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_MS) await rm(join(cache, name), { recursive: true, force: true });
  }
}
