import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const SIZE = "4m";
const BLOCKS = [64 * 1024, 4 * 1024, 512, 1];

/** A small file system of a launcher's own, so that its disk can be full and nobody else's. */
export function openDisk(folder) {
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", folder]).status === 0;
  const filler = join(folder, "filler");
  return {
    folder,
    /** False: mounting is not allowed here, and this disk cannot be filled. */
    mounted,
    fill() {
      const file = openSync(filler, "a");
      // Down to the last byte, so that nothing more fits anywhere.
      for (const size of BLOCKS) while (fits(file, size));
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    close() {
      if (mounted) spawnSync("umount", ["-l", folder]);
    },
  };
}

function fits(file, size) {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch (error) {
    if (error.code === "ENOSPC") return false;
    throw error;
  }
}
