import { freeSlots, missingSlots, type SlotRecords, staleSlots } from "../domain/admission.js";
import type { RunningSlot, WorkspaceState } from "../domain/settings.js";
import type { FleetView } from "../domain/view.js";
import type { Session } from "../nats/session.js";
import { changeSlots } from "../nats/workspace-settings.js";

/**
 * Holds the slots of limited roles against the records, as the dispatcher does with all else: what a crash left behind
 * is freed, what is missing is added.
 */
export class SlotMender {
  /** Missing at the last look: added when it still is at the next, as records and slots come by different streams. */
  #missing = new Set<string>();
  #busy = false;

  constructor(
    private readonly session: Session,
    private readonly view: FleetView,
    private readonly isAlive: (slot: RunningSlot) => boolean,
  ) {}

  /** One look. A write that fails is left to the next one. */
  async look(state: WorkspaceState): Promise<void> {
    if (this.#busy) return;
    const roles = this.view.roles();
    const records: SlotRecords = { task: (id) => this.view.task(id), running: this.view.running() };
    const missing = missingSlots(state, records, roles);
    const added = missing.filter((slot) => this.#missing.has(keyOf(slot)));
    this.#missing = new Set(missing.map(keyOf));
    const stale = staleSlots(state.slots, records, this.isAlive);
    if (stale.length === 0 && added.length === 0) return;
    this.#busy = true;
    try {
      await changeSlots(this.session, (slots) => [...freeSlots(slots, [...stale, ...added]), ...added]);
    } catch {
      // Not answered: nothing is lost, the next look finds the same.
    } finally {
      this.#busy = false;
    }
  }
}

const keyOf = ({ task_id, epoch }: RunningSlot): string => `${task_id}.${epoch}`;
