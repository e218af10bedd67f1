import { findMarked } from "./marked.js";

const POLL_MS = 25;
const KILL_POLL_MS = 10;
/** Enough for what is being killed to start some more; bounded, because a process in the kernel cannot be killed. */
const KILL_ROUNDS = 100;

export interface SweepOptions {
  /** How long a process has between SIGTERM and SIGKILL. */
  termMs: number;
  /** A group that has had its SIGTERM already; a second one means "at once" to many programs. */
  told?: number | undefined;
}

/**
 * Ends every process that carries the run id, wherever it has moved: SIGTERM, a wait, then SIGKILL until none is found.
 * @returns how many processes there were to end
 */
export async function sweep(runId: string, { termMs, told }: SweepOptions): Promise<number> {
  const seen = new Set<number>();
  const deadline = performance.now() + termMs;
  let killRounds = 0;
  for (;;) {
    const marked = await findMarked(runId);
    if (marked.length === 0 || killRounds === KILL_ROUNDS) return seen.size;
    const late = performance.now() >= deadline;
    if (late) killRounds += 1;
    for (const { pid, pgid } of marked) {
      if (late) signal(pid, "SIGKILL");
      else if (!seen.has(pid) && pgid !== told) signal(pid, "SIGTERM");
      seen.add(pid);
    }
    await new Promise((resolve) => setTimeout(resolve, late ? KILL_POLL_MS : POLL_MS));
  }
}

/** Signals a process, or with a negative number its group. False: there is none, or it is not ours. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
