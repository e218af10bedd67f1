import { type Held, heldBy, needsSlot, freeSlots, type RoleLimit, takeSlot } from "../domain/admission.js";
import type { RunningSlot, WorkspaceState } from "../domain/settings.js";
import type { Session } from "../nats/session.js";
import { changeSlots, watchSettings } from "../nats/workspace-settings.js";

/** Whether a role may have one more task running, as far as is known here. */
export interface Gate {
  isOpen: () => boolean;
  /** Resolves when it may, or when the signal aborts. */
  open: (signal: AbortSignal) => Promise<void>;
}

/**
 * Whether the agents of this process may claim: not while their role or everything is paused, and not more than the
 * role and the workspace may have running at a time. Where nothing is limited, asking costs nothing.
 */
export class Admission implements Disposable {
  #state: WorkspaceState | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #stopped = new AbortController();

  constructor(private readonly session: Session) {
    watchSettings(session, {
      signal: this.#stopped.signal,
      onState: (state) => {
        this.#state = state;
        for (const wake of [...this.#waiting]) wake();
      },
    });
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
  }

  /** The gate of one role. */
  gate(role: RoleLimit): Gate {
    return { isOpen: () => this.#held(role) === null, open: (signal) => this.#opened(role, signal) };
  }

  /**
   * Takes a slot before a claim, where one is needed.
   * @returns what gives it back, or null when there is no room
   */
  async enter(role: RoleLimit, slot: RunningSlot): Promise<(() => void) | null> {
    const known = this.#state;
    if (!known || this.#held(role) !== null) return null;
    if (!needsSlot(known, role)) return () => undefined;
    const taken = await changeSlots(this.session, (slots) => takeSlot({ ...known, slots }, slot, role));
    if (!taken) return null;
    // Should this fail, the dispatcher frees it: the record says that the attempt is over.
    return () => void changeSlots(this.session, (slots) => freeSlots(slots, [slot])).catch(() => undefined);
  }

  /** What holds a role back now; undefined while that is not known yet. */
  #held(role: RoleLimit): Held | null | undefined {
    return this.#state && heldBy(this.#state, role);
  }

  async #opened(role: RoleLimit, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#held(role) !== null) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener("abort", wake);
      });
    }
  }
}
