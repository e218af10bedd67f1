import { readdir, readFile } from "node:fs/promises";
import { identify, isRunning, type ProcessIdentity } from "../../src/process-identity.js";

/** A living process as somebody looking for leftovers wants it named. */
export interface Leftover {
  pid: number;
  command: string;
}

const pids = async (): Promise<number[]> =>
  (await readdir("/proc")).map(Number).filter((pid) => pid > 0 && pid !== process.pid);

const read = (pid: number, file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");

/** Every living process whose environment holds `entry` (`NAME=value`). */
export async function processesWith(entry: string): Promise<Leftover[]> {
  const found = await Promise.all(
    (await pids()).map(async (pid) => {
      if (!`\0${await read(pid, "environ")}`.includes(`\0${entry}\0`)) return [];
      return [{ pid, command: (await read(pid, "cmdline")).replaceAll("\0", " ").trim() }];
    }),
  );
  return found.flat();
}

/** All descendants of a process, whatever group or session they are in: its commands, their children, its warden. */
export async function descendantsOf(root: number): Promise<ProcessIdentity[]> {
  const parents = new Map<number, number>();
  for (const pid of await pids()) {
    const stat = await read(pid, "stat");
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && parent > 0 && (parent === root || isBelow(parent));
  };
  const family = await Promise.all([...parents.keys()].filter(isBelow).map(identify));
  return family.filter((member) => member !== null);
}

/** Those of them that live. */
export async function living(family: readonly ProcessIdentity[]): Promise<Leftover[]> {
  const alive = await Promise.all(family.map(async (member) => ((await isRunning(member)) ? [member] : [])));
  return await Promise.all(
    alive.flat().map(async ({ pid }) => ({ pid, command: (await read(pid, "cmdline")).replaceAll("\0", " ").trim() })),
  );
}
