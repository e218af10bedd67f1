import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { errnoOf } from "../../errors.js";

/** A process that can be told from a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in whatever form this platform tells; null where it does not. */
  started: string | null;
}

/** The identity of a running process; null when there is none, or only what is left of one (a zombie). */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  if (!exists(pid)) return null;
  if (process.platform === "win32") return { pid, started: null };
  return process.platform === "linux" ? await fromProc(pid) : await fromPs(pid);
}

/** Whether exactly that process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now !== null && (identity.started === null || now.started === null || now.started === identity.started);
}

/** Ends a process: SIGTERM, and SIGKILL when it has not gone after `graceMs`. Returns when it is gone. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  for (const [signal, waitMs] of [
    ["SIGTERM", graceMs],
    ["SIGKILL", 5_000],
  ] as const) {
    if (!(await isRunning(identity))) return;
    send(identity.pid, signal);
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (!(await isRunning(identity))) return;
      await sleep(20);
    }
  }
  throw new Error(`process ${identity.pid} did not end on SIGKILL`);
}

/** Sends a signal; a process that is gone already does not matter. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== "ESRCH") throw error;
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}

/** Ticks since boot are unique within one boot only, hence the boot's id. */
async function fromProc(pid: number): Promise<ProcessIdentity | null> {
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat === null) return null;
  // The name, in parentheses, may hold anything; the state and the start time are the 3rd and the 22nd field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, ticks] = [fields[0], fields[19]];
  return state === "Z" || state === "X" ? null : { pid, started: `${boot.trim()}:${ticks ?? ""}` };
}

async function fromPs(pid: number): Promise<ProcessIdentity | null> {
  const ps = await execa("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    env: { LC_ALL: "C", TZ: "UTC" },
    reject: false,
    stdin: "ignore",
    timeout: 5_000,
  });
  if (ps.exitCode === undefined) return { pid, started: null }; // there is no ps
  const [state = "", ...started] = ps.stdout.trim().split(/\s+/);
  if (state.startsWith("Z")) return null;
  return { pid, started: started.length === 0 ? null : started.join(" ") };
}
