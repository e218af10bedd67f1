import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { errnoOf } from "./errors.js";

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

/** The fields of a /proc/PID/stat from `state` on (field 3 of proc(5)): the name before it may hold anything. */
export const statFields = (stat: string): string[] => stat.slice(stat.lastIndexOf(")") + 2).split(" ");
/** Where among them the start time is: field 22, ticks since boot. */
export const START_TIME = 19;

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}

/** Ticks since boot are unique within one boot only, hence the boot's id. */
async function fromProc(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
  if (stat === null) return null;
  const fields = statFields(stat);
  if (fields[0] === "Z" || fields[0] === "X") return null;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return { pid, started: `${boot.trim()}:${fields[START_TIME] ?? ""}` };
}

function fromPs(pid: number): Promise<ProcessIdentity | null> {
  const options = { env: { ...process.env, LC_ALL: "C", TZ: "UTC" }, timeout: 5_000 };
  return new Promise((resolve) => {
    execFile("ps", ["-o", "stat=,lstart=", "-p", String(pid)], options, (error, stdout) => {
      const [state = "", ...started] = stdout.trim().split(/\s+/);
      const tells = typeof error?.code !== "string" && started.length > 0; // not when there is no ps
      resolve(state.startsWith("Z") ? null : { pid, started: tells ? started.join(" ") : null });
    });
  });
}
