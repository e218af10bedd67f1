import type { StoppedBy } from "./limits.js";
import { isGroupLiving } from "./proc.js";
import { signal, sweep } from "./sweep.js";

const sleep = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(resolve, ms, false));

/** What is left of something that has ended gets this long between SIGTERM and SIGKILL. */
export const LEFTOVER_TERM_MS = 1_000;
const POLL_MS = 50;
/** A process stuck in the kernel survives SIGKILL: it must not take its attempt with it. */
const UNKILLABLE_MS = 5_000;

/** The process group a command leads, from its start until nothing of it is left. */
export class ProcessGroup {
  readonly #graceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #killAt: number | undefined;
  stoppedBy: StoppedBy | null = null;
  /** Settles when the group outlived its SIGKILL. */
  readonly unkillable: Promise<void>;
  #giveUp: () => void = () => undefined;

  constructor(
    readonly pid: number,
    graceMs: number,
  ) {
    this.#graceMs = graceMs;
    this.unkillable = new Promise((resolve) => (this.#giveUp = resolve));
  }

  /** True while anything is in the group. Once it was false, never signal it: the number may be somebody else's. */
  alive(): boolean {
    return this.#signal(0);
  }

  /** SIGTERM now, SIGKILL after the grace. */
  stop(by: StoppedBy): void {
    this.stoppedBy = by;
    this.#killAt = performance.now() + this.#graceMs;
    this.#signal("SIGTERM");
    this.#timer = setTimeout(() => {
      this.#signal("SIGKILL");
      this.#timer = setTimeout(this.#giveUp, UNKILLABLE_MS);
    }, this.#graceMs);
  }

  /** The leader has exited: no timer may signal the group any more. */
  leaderExited(): void {
    clearTimeout(this.#timer);
  }

  /**
   * Ends what the leader left: in the group, and outside of it by the marker. A stopped group keeps what remains of its
   * grace; what a finished command leaves behind gets a second.
   */
  async endLeftovers(runId: string, groupAlive: boolean): Promise<void> {
    const soon = performance.now() + LEFTOVER_TERM_MS;
    const told = this.#killAt !== undefined || groupAlive ? this.pid : undefined;
    if (groupAlive && this.#killAt === undefined) this.#signal("SIGTERM");
    const sweeping = sweep(runId, { termMs: Math.max(soon, this.#killAt ?? 0) - performance.now(), told });
    // Members without the marker (an environment cleared or hidden) are known by the group's number only.
    if (groupAlive && (await this.#outlives(sweeping, soon))) this.#signal("SIGKILL");
    await sweeping;
  }

  /** Whether anything is still in the group when the sweep is done and `soon` has passed. */
  async #outlives(sweeping: Promise<unknown>, soon: number): Promise<boolean> {
    const over = Promise.all([sweeping, sleep(soon - performance.now())]).then(() => true);
    while (await this.#living()) {
      if (await Promise.race([over, sleep(POLL_MS)])) return this.alive();
    }
    return false;
  }

  async #living(): Promise<boolean> {
    return this.alive() && (process.platform !== "linux" || (await isGroupLiving(this.pid)));
  }

  #signal(name: NodeJS.Signals | 0): boolean {
    // Windows has no groups to signal: only the program itself ends there.
    return signal(process.platform === "win32" ? this.pid : -this.pid, name);
  }
}
