import { type BudgetStanding, reachedFor } from "./budget.js";
import { holdersOf } from "./file-line.js";
import { bytesOf } from "./large-values.js";
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
  | { why: "workspace_full"; max_running: number }
  | { why: "budget"; budget: BudgetStanding };

/** Whether its provider refuses an account now. @param now epoch ms */
export function isRefused({ quotas }: Pick<WorkspaceState, "quotas">, account: string, now: number): boolean {
  const quota = quotas.get(account);
  return quota !== undefined && holdsBack(quota, now);
}

/** What keeps an agent of this role from claiming; null when nothing does. @param now epoch ms */
export function heldBy(state: WorkspaceState, role: RoleLimit, now: number): Held | null {
  const pause = pauseOf(state, role.name);
  if (pause) return { why: "paused", pause };
  const quota = role.account ? state.quotas.get(role.account) : undefined;
  if (quota && holdsBack(quota, now)) return { why: "quota", quota, until: Date.parse(quota.until) };
  const budget = reachedFor(state.budgets ?? [], role.name);
  if (budget) return { why: "budget", budget };
  const { max_running } = state.rules;
  if (max_running !== null && state.slots.length >= max_running) return { why: "workspace_full", max_running };
  const own = role.max_running;
  if (own !== null && state.slots.filter((slot) => slot.role === role.name).length >= own) {
    return { why: "role_full", max_running: own };
  }
  return null;
}

/**
 * The roles that somebody takes tasks for, now or soon: an agent is online, and what holds the role back ends with what
 * runs.
 * @param now epoch ms
 * @param attended the roles that agents are online for
 */
export const takersOf = <T extends RoleLimit>(
  roles: readonly T[],
  state: WorkspaceState,
  attended: ReadonlySet<string>,
  now: number,
): T[] =>
  roles.filter((role) => {
    const held = heldBy(state, role, now);
    return attended.has(role.name) && (held === null || held.why === "role_full" || held.why === "workspace_full");
  });

/** Whether a claim needs a slot: for files, and where something is limited; for the rest it would be a lost write. */
export const needsSlot = (
  { rules }: Pick<WorkspaceState, "rules">,
  role: RoleLimit,
  { files }: Pick<RunningSlot, "files">,
): boolean => files.length > 0 || rules.max_running !== null || role.max_running !== null;

/** Of the same claim: two agents that both got a token of one task each hold a slot until one of them has lost. */
const isSame = (a: RunningSlot, b: RunningSlot): boolean =>
  a.task_id === b.task_id && a.epoch === b.epoch && a.owner === b.owner && a.instance_id === b.instance_id;

/** Why a claim gets no slot: its role may have no more running, or other tasks hold its files. */
export type Refused = "role" | "files";

/**
 * The slots with one more, or why there is no room for it. A slot that is held already is held once.
 * @param now epoch ms
 * @param room for all slots together, in bytes of JSON: they are one message, and files can be many
 */
export function takeSlot(
  state: WorkspaceState,
  slot: RunningSlot,
  role: RoleLimit,
  now: number,
  room: number,
): RunningSlot[] | Refused {
  if (state.slots.some((held) => isSame(held, slot))) return [...state.slots];
  if (heldBy(state, role, now) !== null) return "role";
  if (holdersOf(slot, state.slots).length > 0) return "files";
  const slots = [...state.slots, slot];
  return haveRoom(slots, room) ? slots : "files";
}

/** Whether so many bytes hold them. */
export const haveRoom = (slots: readonly RunningSlot[], room: number): boolean =>
  bytesOf(JSON.stringify(slots)) <= room;

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
 * @param isAtIt whether its last heartbeat names the task: a cancelled command takes a while to end, and keeps its files
 */
export function staleSlots(
  slots: readonly RunningSlot[],
  records: SlotRecords,
  isAlive: (slot: RunningSlot) => boolean,
  isAtIt: (slot: RunningSlot) => boolean,
): RunningSlot[] {
  return slots.filter((slot) => {
    const task = records.task(slot.task_id);
    if (isAlive(slot) && isAtIt(slot)) return false;
    const isClaimed = task?.status === "in_progress" && task.epoch >= slot.epoch;
    // Another claim may have come first: then the same agent may have claimed at a later epoch than it meant to.
    if (isClaimed) return task.owner !== slot.owner || task.instance_id !== slot.instance_id;
    // What has ended can never be claimed at that epoch again.
    return (task !== undefined && task.epoch >= slot.epoch) || !isAlive(slot);
  });
}

/** Running tasks that need a slot and hold none: a limit is newer than they are, or the server lost a write. */
export function missingSlots(state: WorkspaceState, records: SlotRecords, roles: readonly RoleLimit[]): RunningSlot[] {
  const limits = new Map(roles.map((role) => [role.name, role]));
  const held = new Set(state.slots.map((slot) => slot.task_id));
  const missing: RunningSlot[] = [];
  for (const { task_id, epoch, role, owner, instance_id, files } of records.running) {
    if (role === null || owner === null || instance_id === null || held.has(task_id)) continue;
    const slot = { task_id, epoch, role, owner, instance_id, files };
    if (needsSlot(state, limits.get(role) ?? { name: role, max_running: null }, slot)) missing.push(slot);
  }
  return missing;
}
