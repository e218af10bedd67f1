import { freeSlots, haveRoom, missingSlots, type SlotRecords, staleSlots } from "../domain/admission.js";
import type { RunningSlot, WorkspaceState } from "../domain/settings.js";
import type { FleetView } from "../domain/view.js";
import type { Liveness } from "../domain/liveness.js";
import { limitsOf } from "../nats/artifacts.js";
import type { Session } from "../nats/session.js";
import { changeSlots } from "../nats/workspace-settings.js";

/** Slots that a crash left behind hold others back: they are looked at often, where there are any. */
const LOOK_MS = 500;

/**
 * Holds the slots of running tasks against the records, as the dispatcher does with all else: what a crash left behind
 * is freed, what is missing is added.
 */
export class SlotMender {
  /** Missing at the last look: added when it still is at the next, as records and slots come by different streams. */
  #missing = new Set<string>();
  #busy = false;

  /** @param state undefined while not everything is known that decides */
  constructor(
    private readonly session: Session,
    private readonly view: FleetView,
    private readonly liveness: Liveness,
    private readonly state: () => WorkspaceState | undefined,
    signal: AbortSignal,
  ) {
    const mending = setInterval(() => void this.#look(), LOOK_MS);
    signal.addEventListener("abort", () => clearInterval(mending), { once: true });
  }

  /** One look. A write that fails is left to the next one. */
  async #look(): Promise<void> {
    const state = this.state();
    if (this.#busy || !state) return;
    const roles = this.view.roles();
    const records: SlotRecords = { task: (id) => this.view.task(id), running: this.view.running() };
    const missing = missingSlots(state, records, roles);
    const added = missing.filter((slot) => this.#missing.has(keyOf(slot)));
    this.#missing = new Set(missing.map(keyOf));
    const stale = staleSlots(
      state.slots,
      records,
      ({ owner, instance_id }) => !this.liveness.verdict(owner, instance_id, performance.now()).lost,
      ({ owner, instance_id, task_id }) => this.liveness.isAtIt(owner, instance_id, task_id),
    );
    if (stale.length === 0 && added.length === 0) return;
    this.#busy = true;
    try {
      await changeSlots(this.session, (slots) => {
        const all = [...freeSlots(slots, [...stale, ...added]), ...added];
        // Too many for a message: what can be freed must not be kept by that.
        return haveRoom(all, limitsOf(this.session).slots) ? all : freeSlots(slots, stale);
      });
    } catch {
      // Not answered: nothing is lost, the next look finds the same.
    } finally {
      this.#busy = false;
    }
  }
}

const keyOf = ({ task_id, epoch }: RunningSlot): string => `${task_id}.${epoch}`;
