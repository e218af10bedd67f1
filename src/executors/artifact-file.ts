import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { kib } from "../domain/large-values.js";
import { errnoOf, messageOf } from "../errors.js";

/** A file read whole, or why it cannot be had. */
export type ReadFile = { data: Buffer } | { problem: string };

/** The path of a file from a folder, with `/` between; null when it is not below it. */
export async function nameWithin(folder: string, path: string): Promise<string | null> {
  for (const from of [folder, await realpath(folder).catch(() => folder)]) {
    const name = relative(from, resolve(folder, path));
    if (name !== "" && name !== ".." && !name.startsWith(`..${sep}`) && !isAbsolute(name)) {
      return name.split(sep).join("/");
    }
  }
  return null;
}

/**
 * Reads a file of a folder, however hostile what is in it: nothing outside of it (by a symbolic link), nothing that is
 * no file, nothing that changes meanwhile, and no more than `limit` bytes.
 */
export async function readFileWithin(folder: string, name: string, limit: number): Promise<ReadFile> {
  try {
    const path = await realpath(resolve(folder, name));
    if ((await nameWithin(await realpath(folder), path)) === null)
      return { problem: "it leads out of the working folder" };
    // Non-blocking: whoever opens a pipe for reading waits for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    return await readStable(file, limit);
  } catch (error) {
    return { problem: errnoOf(error) === "ENOENT" ? "there is no such file" : messageOf(error) };
  }
}

async function readStable(file: FileHandle, limit: number): Promise<ReadFile> {
  const before = await file.stat({ bigint: true });
  if (before.isDirectory()) return { problem: "it is a folder: name its files" };
  if (!before.isFile()) return { problem: "it is not a file" };
  if (before.size > limit) {
    return { problem: `it has ${kib(Number(before.size))}; ${kib(limit)} are left of what one attempt may hand in` };
  }
  const data = Buffer.alloc(Number(before.size));
  let length = 0;
  while (length < data.length) {
    const { bytesRead } = await file.read(data, length, data.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  const after = await file.stat({ bigint: true });
  const isSame = after.size === before.size && after.mtimeNs === before.mtimeNs && length === data.length;
  return isSame ? { data } : { problem: "it changed while it was read" };
}
