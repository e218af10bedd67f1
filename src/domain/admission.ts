import { holdsBack, type Quota } from "./quota.js";
import { type Pause, pauseOf, type RunningSlot, type WorkspaceState } from "./settings.js";
import type { TaskRecord } from "./task.js";

/** What a role may have running across the fleet; null: any number. */
export interface RoleLimit {
  name: string;
  max_running: number | null;
  /** The provider account its agent works with; absent or null: none that is known. */
  account?: string | null;
}

/** Why an agent of a role may not claim now. */
export type Held =
  | { why: "paused"; pause: Pause }
  /** `until`: epoch ms from which it is not held any more. */
  | { why: "quota"; quota: Quota; until: number }
  | { why: "role_full"; max_running: number }
  | { why: "workspace_full"; max_running: number };

/** What keeps an agent of this role from claiming; null when nothing does. @param now epoch ms */
export function heldBy(state: WorkspaceState, role: RoleLimit, now: number): Held | null {
  const pause = pauseOf(state, role.name);
  if (pause) return { why: "paused", pause };
  const quota = role.account ? state.quotas.get(role.account) : undefined;
  if (quota && holdsBack(quota, now)) return { why: "quota", quota, until: Date.parse(quota.until) };
  const { max_running } = state.rules;
  if (max_running !== null && state.slots.length >= max_running) return { why: "workspace_full", max_running };
  const own = role.max_running;
  if (own !== null && state.slots.filter((slot) => slot.role === role.name).length >= own) {
    return { why: "role_full", max_running: own };
  }
  return null;
}

/** Whether a claim for this role needs a slot: only where something is limited, for the rest it would be a lost write. */
export const needsSlot = ({ rules }: Pick<WorkspaceState, "rules">, role: RoleLimit): boolean =>
  rules.max_running !== null || role.max_running !== null;

/** Of the same claim: two agents that both got a token of one task each hold a slot until one of them has lost. */
const isSame = (a: RunningSlot, b: RunningSlot): boolean =>
  a.task_id === b.task_id && a.epoch === b.epoch && a.owner === b.owner && a.instance_id === b.instance_id;

/**
 * The slots with one more, or null when there is no room for it. A slot that is held already is held once.
 * @param now epoch ms
 */
export function takeSlot(state: WorkspaceState, slot: RunningSlot, role: RoleLimit, now: number): RunningSlot[] | null {
  if (state.slots.some((held) => isSame(held, slot))) return [...state.slots];
  return heldBy(state, role, now) === null ? [...state.slots, slot] : null;
}

export const freeSlots = (slots: readonly RunningSlot[], freed: readonly RunningSlot[]): RunningSlot[] =>
  slots.filter((held) => !freed.some((slot) => isSame(held, slot)));

/** The records that slots are held against. */
export interface SlotRecords {
  task: (id: string) => (Pick<TaskRecord, "status" | "epoch"> & Partial<TaskRecord>) | undefined;
  running: Iterable<TaskRecord>;
}

/**
 * Slots whose attempt is over, or will never begin: left by a crash between taking a slot, claiming, and giving it back.
 * @param isAlive whether the instance that took a slot is still there: it may be about to claim
 */
export function staleSlots(
  slots: readonly RunningSlot[],
  records: SlotRecords,
  isAlive: (slot: RunningSlot) => boolean,
): RunningSlot[] {
  return slots.filter((slot) => {
    const task = records.task(slot.task_id);
    const isClaimed = task?.status === "in_progress" && task.epoch >= slot.epoch;
    // Another claim may have come first: then the same agent may have claimed at a later epoch than it meant to.
    if (isClaimed) return task.owner !== slot.owner || task.instance_id !== slot.instance_id;
    // What has ended can never be claimed at that epoch again.
    return (task !== undefined && task.epoch >= slot.epoch) || !isAlive(slot);
  });
}

/** Running tasks of limited roles that hold no slot: a limit is newer than they are, or the server lost a write. */
export function missingSlots(state: WorkspaceState, records: SlotRecords, roles: readonly RoleLimit[]): RunningSlot[] {
  const limits = new Map(roles.map((role) => [role.name, role]));
  const held = new Set(state.slots.map((slot) => slot.task_id));
  const missing: RunningSlot[] = [];
  for (const { task_id, epoch, role, owner, instance_id } of records.running) {
    if (role === null || owner === null || instance_id === null || held.has(task_id)) continue;
    if (needsSlot(state, limits.get(role) ?? { name: role, max_running: null })) {
      missing.push({ task_id, epoch, role, owner, instance_id });
    }
  }
  return missing;
}
