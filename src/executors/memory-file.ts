import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { kib } from "../domain/large-values.js";
import { MAX_MEMORY_BYTES, mergedMemory } from "../domain/memory.js";
import { errnoOf, messageOf } from "../errors.js";
import { whileLocked } from "../lock.js";
import { stateDir } from "../paths.js";

/** A memory that was read, or what about the file keeps it from being one. */
export type MemoryRead = { text: string; mode: number } | { problem: string };

const NEW_FILE_MODE = 0o644;

/** Reads a memory. One that is not there yet is empty. */
export async function readMemory(path: string): Promise<MemoryRead> {
  return (await readExisting(path, 0)) ?? { text: "", mode: NEW_FILE_MODE };
}

/** As `readMemory`, but null when it is not there, and never what a link leads to: an attempt may have made the link. */
export const readCopy = (path: string): Promise<MemoryRead | null> => readExisting(path, constants.O_NOFOLLOW);

async function readExisting(path: string, flags: number): Promise<MemoryRead | null> {
  try {
    // Non-blocking: whoever opens a pipe for reading waits for its writer, which has ended.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
    const info = await file.stat();
    if (!info.isFile()) return { problem: "is not a file" };
    if (info.size > MAX_MEMORY_BYTES) return { problem: tooLarge(info.size) };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile()), mode: info.mode & 0o777 };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    return { problem: `cannot be read: ${messageOf(error)}` };
  }
}

/**
 * Writes what an attempt made of a memory, whole or not at all, one writer of this machine at a time.
 * @returns why it was not written; null when it was
 */
export async function writeMemory(
  path: string,
  { base, mine, mark }: { base: string; mine: string; mark: string },
): Promise<string | null> {
  // A link stays one: it is what it leads to that is replaced.
  const file = await realpath(path).catch(() => path);
  const lock = join(stateDir(), "memory", createHash("sha256").update(file).digest("hex").slice(0, 32));
  return await whileLocked(lock, { doing: `writing ${basename(file)}` }, async () => {
    const theirs = await readMemory(file);
    if ("problem" in theirs) return `${file} ${theirs.problem}`;
    const text = mergedMemory(base, theirs.text, mine, mark);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_MEMORY_BYTES) return `it ${tooLarge(bytes)}`;
    if (text === theirs.text) return null;
    await mkdir(dirname(file), { recursive: true });
    const aside = join(dirname(file), `.${basename(file)}.${process.pid}.new`);
    try {
      await writeFile(aside, text, { mode: theirs.mode, flush: true });
      await rename(aside, file);
    } finally {
      await rm(aside, { force: true });
    }
    return null;
  });
}

const tooLarge = (bytes: number): string =>
  `is too large: ${kib(bytes)}, the limit is ${kib(MAX_MEMORY_BYTES)}; shorten it`;
