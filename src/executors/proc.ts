import { close, closeSync, open, openSync, read, readdir, readFile, readSync } from "node:fs";
import { promisify } from "node:util";
import { errnoOf } from "../errors.js";
import { START_TIME, statFields } from "../process-identity.js";

/** The variable every descendant of an attempt carries in its environment; its value is the attempt's run id. */
export const MARKER = "MJAGENT_RUN_ID";

const openAsync = promisify(open);
const readAsync = promisify(read);
const closeAsync = promisify(close);
const readdirAsync = promisify(readdir);
const readFileAsync = promisify(readFile);

/** How long an answer about a process holds. A number could come back to a new process only by wrapping within it. */
const FRESH_MS = 1_000;
const READERS = 8;
/** An environment block with nothing in it. */
const NO_MARKER = Buffer.from("\0");
const CHUNK = 64 * 1024;

interface Known {
  readAt: number;
  runId: string | null;
}

let known = new Map<number, Known>();
let running: Promise<Map<string, number[]>> | null = null;
let next: Promise<Map<string, number[]>> | null = null;

/**
 * Linux: the run ids found in the environments of all processes, with the numbers of the processes that carry them.
 * Attempts that end together share one scan. An attempt that ends while a scan is running gets the one after it: what
 * it left behind may be younger than the list that scan started from.
 */
export function scanProc(): Promise<Map<string, number[]>> {
  if (running === null) {
    running = scan().finally(() => (running = null));
    return running;
  }
  next ??= running
    .then(
      () => undefined,
      () => undefined,
    )
    .then(() => {
      next = null;
      return scanProc();
    });
  return next;
}

async function scan(): Promise<Map<string, number[]>> {
  const pids = (await readdirAsync("/proc")).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const now = performance.now();
  const current = new Map<number, Known>();
  const unknown: number[] = [];
  for (const pid of pids) {
    const entry = known.get(pid);
    if (entry !== undefined && now - entry.readAt < FRESH_MS) current.set(pid, entry);
    else unknown.push(pid);
  }
  const reader = async (): Promise<void> => {
    for (let pid = unknown.pop(); pid !== undefined; pid = unknown.pop()) {
      const runId = await runIdOf(pid);
      if (runId !== undefined) current.set(pid, { readAt: now, runId });
    }
  };
  await Promise.all(Array.from({ length: Math.min(READERS, unknown.length) }, reader));
  known = current;

  const marked = new Map<string, number[]>();
  for (const [pid, { runId }] of current) {
    if (runId !== null) marked.set(runId, [...(marked.get(runId) ?? []), pid]);
  }
  return marked;
}

/** The run id a process carries; null: none, or not ours to read; undefined: the process has ended. */
export async function runIdOf(pid: number): Promise<string | null | undefined> {
  for (let tries = 0; tries < 40; tries++) {
    const environment = await readEnvironment(pid);
    if (environment === null) return undefined;
    if (environment.length > 0) return markerIn(environment);
    // In the middle of execve a process has no environment yet: look again, or a leftover goes unseen.
    if (!(await isStarting(pid))) return null;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return null;
}

/** The marker's value in an environment block (`NAME=value` entries, each ended by a NUL byte), or null. */
export function markerIn(environment: Buffer): string | null {
  const entry = `${MARKER}=`;
  for (let at = environment.indexOf(entry); at >= 0; at = environment.indexOf(entry, at + 1)) {
    if (at > 0 && environment[at - 1] !== 0) continue;
    const end = environment.indexOf(0, at);
    return environment.toString("utf8", at + entry.length, end < 0 ? environment.length : end);
  }
  return null;
}

/** The process group a process belongs to, or null when the process has ended. */
export async function groupOf(pid: number): Promise<number | null> {
  const fields = await readStat(pid);
  return fields === null || fields[0] === "Z" ? null : Number(fields[2]);
}

/** Whether a group has a member that lives. A dead one whose parent does not collect it stays in the group for good. */
export async function isGroupLiving(pgid: number): Promise<boolean> {
  for (const pid of (await readdirAsync("/proc")).map(Number).filter((number) => number > 0)) {
    if ((await groupOf(pid)) === pgid) return true;
  }
  return false;
}

const STAT = Buffer.alloc(1024);

/**
 * When the process with that number started, in ticks since boot; null: there is none, or this is not Linux. A zombie
 * still has its number. At once and in one read: it is asked for every command that is started.
 */
export function startTimeOf(pid: number): string | null {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/stat`, "r");
    return statFields(STAT.toString("latin1", 0, readSync(file, STAT)))[START_TIME] ?? null;
  } catch {
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function readEnvironment(pid: number): Promise<Buffer | null> {
  let file: number;
  try {
    file = await openAsync(`/proc/${pid}/environ`, "r");
  } catch (error) {
    // EACCES: another user's, so not a descendant that could be signalled. ESRCH: no memory, so a kernel thread or dead.
    return ["EACCES", "ESRCH"].includes(errnoOf(error) ?? "") ? NO_MARKER : null;
  }
  try {
    const chunks: Buffer[] = [];
    for (;;) {
      const { bytesRead, buffer } = await readAsync(file, Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
      if (bytesRead > 0) chunks.push(buffer.subarray(0, bytesRead));
      if (bytesRead < CHUNK) return chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks);
    }
  } catch {
    return null;
  } finally {
    await closeAsync(file);
  }
}

const KERNEL_THREAD = 0x0020_0000;

/**
 * True of a living program whose environment was not in place yet when it was read: between the two halves of execve
 * (it has no end), or past them by now (it is not empty).
 */
async function isStarting(pid: number): Promise<boolean> {
  const fields = await readStat(pid);
  if (fields === null || fields[0] === "Z" || fields[0] === "X") return false;
  const [start, end] = [fields[47], fields[48]];
  return (Number(fields[6]) & KERNEL_THREAD) === 0 && (end === "0" || start !== end);
}

async function readStat(pid: number): Promise<string[] | null> {
  try {
    return statFields(await readFileAsync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return null;
  }
}
