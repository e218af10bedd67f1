import { execFile } from "node:child_process";
import { MARKER, groupOf, runIdOf, scanProc } from "./proc.js";

/** A living process that belongs to an attempt. */
export interface MarkedProcess {
  pid: number;
  pgid: number;
}

/**
 * Every living process with `MJAGENT_RUN_ID=<runId>` in its environment, our own excepted, whatever group or session
 * it has moved to. Linux reads /proc, macOS asks `ps`; on other systems none are found. Not found either: a process
 * that cleared its environment (`env -i`), wrote its title over it, or runs as another user.
 */
export async function findMarked(runId: string): Promise<MarkedProcess[]> {
  if (process.platform === "linux") return findInProc(runId);
  if (process.platform === "darwin") return findWithPs(runId);
  return [];
}

async function findInProc(runId: string): Promise<MarkedProcess[]> {
  const marked: MarkedProcess[] = [];
  for (const pid of (await scanProc()).get(runId) ?? []) {
    // Read again: the scan may be a moment old, and what is returned here gets killed.
    if ((await runIdOf(pid)) !== runId) continue;
    const pgid = await groupOf(pid);
    if (pgid !== null) marked.push({ pid, pgid });
  }
  return marked;
}

function findWithPs(runId: string): Promise<MarkedProcess[]> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 256 * 1024 * 1024, timeout: 10_000 };
    execFile("ps", ["-axEww", "-o", "pid=,pgid=,command="], options, (_, listing) => resolve(parsePs(listing, runId)));
  });
}

/** Reads what `ps -axEww -o pid=,pgid=,command=` prints: the environment follows the command, separated by blanks. */
export function parsePs(listing: string, runId: string): MarkedProcess[] {
  const marked: MarkedProcess[] = [];
  for (const line of listing.split("\n")) {
    const found = /^\s*(\d+)\s+(\d+)\s/.exec(line);
    if (found === null || !` ${line} `.includes(` ${MARKER}=${runId} `)) continue;
    const [pid, pgid] = [Number(found[1]), Number(found[2])];
    if (pid !== process.pid) marked.push({ pid, pgid });
  }
  return marked;
}
