import { setMaxListeners } from "node:events";

/**
 * Why we ended a command before it ended by itself: a time limit, somebody else (abort), a limit that its adapter keeps,
 * or that it had finished and did not exit.
 */
export type StoppedBy = "timeout" | "stalled" | "abort" | AdapterStop;
export type AdapterStop = "limit" | "finished";

/** Longer timers fire at once (setTimeout holds a signed 32-bit number). */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface LimitOptions {
  timeoutMs: number;
  /** Without output for this long it counts as stalled. */
  stallTimeoutMs?: number | undefined;
  signal: AbortSignal;
  /** Aborted by the adapter itself, with the reason. */
  adapterStop?: AbortSignal | undefined;
}

/** Watches the limits of one run and says once which of them was reached first. Ends with `dispose`. */
export class Limits implements Disposable {
  #lastOutput = performance.now();
  #reached = false;
  readonly #undo: (() => void)[] = [];

  constructor(options: LimitOptions, onReached: (by: StoppedBy) => void) {
    const { timeoutMs, stallTimeoutMs, signal, adapterStop } = options;
    const started = performance.now();
    const reach = (by: StoppedBy) => () => {
      if (this.#reached) return;
      this.#reached = true;
      onReached(by);
    };
    this.#undo.push(deadline(() => started + timeoutMs, reach("timeout")));
    if (stallTimeoutMs !== undefined) {
      this.#undo.push(deadline(() => this.#lastOutput + stallTimeoutMs, reach("stalled")));
    }
    const onAbort = reach("abort");
    // Many attempts may share one signal: past ten listeners Node would warn of a leak that is none.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#undo.push(() => signal.removeEventListener("abort", onAbort));
    // It may have been aborted while the command was being started.
    if (signal.aborted) onAbort();
    adapterStop?.addEventListener("abort", () => reach(adapterStop.reason as AdapterStop)(), { once: true });
  }

  outputSeen(): void {
    this.#lastOutput = performance.now();
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo) undo();
  }
}

/** Calls `fire` when `due` (ms of `performance.now`, asked again each time) has passed. Returns how to cancel it. */
function deadline(due: () => number, fire: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    const left = due() - performance.now();
    if (left <= 0) fire();
    else timer = setTimeout(arm, Math.min(Math.ceil(left), MAX_TIMER_MS));
  };
  arm();
  return () => clearTimeout(timer);
}
