import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf } from "../../errors.js";
import { isRunning, type ProcessIdentity } from "../../process-identity.js";

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
