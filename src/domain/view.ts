import type { RoleRegistration } from "./role.js";
import { idOfHandoff, isHandoffOf } from "./identity.js";
import { type Lane, laneOf } from "./lanes.js";
import { route } from "./route.js";
import { isTerminal, type Status, type TaskRecord } from "./task.js";
import type { Tombstone } from "./tombstone.js";

interface Known {
  record: TaskRecord;
  revision: number;
}

/** What is kept of an ended task: there may be a hundred thousand. */
export interface EndedTask {
  status: Tombstone["status"];
  epoch: number;
  revision: number;
  /** Epoch ms of its last change; not a number when the record tells no time. */
  changed_at: number;
  /** The task that it is a hand-off of. */
  handed_off_by: string | null;
  source_seq: number | null;
}

/** With the revision it was seen at. */
export type Revised<T> = T & { revision: number };

/**
 * One observer's picture of every task: open records whole, of ended ones what others depend on. Pure memory: it is
 * fed records and answers questions; `reconcile` reads it.
 */
export class FleetView {
  readonly #open = new Map<string, Known>();
  readonly #running = new Map<string, TaskRecord>();
  /** Available tasks that need files. */
  readonly #filed = new Map<string, TaskRecord>();
  readonly #ended = new Map<string, EndedTask>();
  /** What retention left of tasks it removed. */
  readonly #tombstones = new Map<string, Revised<Tombstone>>();
  /** By id: the open tasks that name it as a blocker or as their parent. */
  readonly #referring = new Map<string, Set<string>>();
  /** Completed tasks whose hand-offs are not all known yet. */
  readonly #handingOff = new Map<string, TaskRecord>();
  readonly #roles = new Map<string, RoleRegistration>();
  /** Tokens this observer knows to be in the queue, for the revision that made the task available. */
  readonly #tokens = new Map<string, { revision: number; roles: Set<string> }>();

  /** Takes a record in. @returns the ids whose situation may have changed. */
  apply(record: TaskRecord, revision: number): string[] {
    const id = record.task_id;
    if (this.#revisionOf(id) >= revision) return [];
    const known = this.#open.get(id);
    if (known) this.#unrefer(known.record);
    this.#tombstones.delete(id);
    if (record.status !== "available") this.#tokens.delete(id);
    if (record.status === "in_progress") this.#running.set(id, record);
    else this.#running.delete(id);
    if (record.status === "available" && record.files.length > 0) this.#filed.set(id, record);
    else this.#filed.delete(id);
    const affected = [id];
    if (record.parent_id !== null && this.#handingOff.has(record.parent_id)) affected.push(record.parent_id);
    const { status } = record;
    if (isTerminal(status)) {
      this.#open.delete(id);
      this.#ended.set(id, endedTask(record, status, revision));
      if (status === "completed" && record.handoff.length > 0) this.#handingOff.set(id, record);
      for (const other of this.#referring.get(id) ?? []) if (this.status(other) === "blocked") affected.push(other);
    } else {
      this.#ended.delete(id);
      this.#open.set(id, { record, revision });
      for (const other of referencesOf(record)) this.#refer(other, id);
    }
    return affected;
  }

  /**
   * Forgets a record that was removed from the bucket.
   * @param revision a record that is newer is another one, which stays
   * @param tombstone what stands in its place, if something does
   */
  remove(id: string, revision: number, tombstone: Tombstone | null = null): void {
    if (this.#revisionOf(id) > revision) return;
    const known = this.#open.get(id);
    if (known) this.#unrefer(known.record);
    const all = [this.#open, this.#running, this.#filed, this.#ended, this.#tombstones, this.#handingOff, this.#tokens];
    for (const tasks of all) tasks.delete(id);
    if (tombstone) this.#tombstones.set(id, { ...tombstone, revision });
  }

  /** Forgets every task: the bucket is another one now, and its revisions begin anew. */
  forgetTasks(): void {
    const ended = [this.#ended, this.#tombstones, this.#handingOff];
    const open = [this.#open, this.#running, this.#filed, this.#referring, this.#tokens];
    for (const tasks of [...open, ...ended]) tasks.clear();
  }

  setRole(role: RoleRegistration): void {
    this.#roles.set(role.name, role);
  }

  removeRole(name: string): void {
    this.#roles.delete(name);
  }

  roles(): RoleRegistration[] {
    return [...this.#roles.values()];
  }

  open(id: string): TaskRecord | undefined {
    return this.#open.get(id)?.record;
  }

  /** Tasks in progress. */
  running(): Iterable<TaskRecord> {
    return this.#running.values();
  }

  /** Available tasks that need files. */
  filed(): Iterable<TaskRecord> {
    return this.#filed.values();
  }

  /** What is known of a task, open or ended. */
  task(id: string): TaskRecord | EndedTask | undefined {
    return this.#open.get(id)?.record ?? this.#ended.get(id);
  }

  ended(): Iterable<[string, EndedTask]> {
    return this.#ended;
  }

  tombstones(): Iterable<[string, Revised<Tombstone>]> {
    return this.#tombstones;
  }

  /** Whether an open task names it as a blocker or as its parent. */
  isReferredTo(id: string): boolean {
    return this.#referring.has(id);
  }

  openIds(): Iterable<string> {
    return this.#open.keys();
  }

  handingOffIds(): Iterable<string> {
    return this.#handingOff.keys();
  }

  /** Its status, or how it ended if it was removed since; undefined when there is nothing of that id. */
  status(id: string): Status | undefined {
    return (this.task(id) ?? this.#tombstones.get(id))?.status;
  }

  /** A completed task that still has hand-offs to publish. */
  handingOff(id: string): TaskRecord | undefined {
    const record = this.#handingOff.get(id);
    if (record?.handoff.every((_, index) => this.task(idOfHandoff(id, index)) !== undefined)) {
      this.#handingOff.delete(id);
      return undefined;
    }
    return record;
  }

  /** Roles of an available task that have no token yet. */
  rolesWithoutToken(id: string): string[] {
    const known = this.#open.get(id);
    if (known?.record.status !== "available") return [];
    const tokens = this.#tokens.get(id);
    const have = tokens?.revision === known.revision ? tokens.roles : undefined;
    return route(known.record, this.#roles.values()).filter((role) => have?.has(role) !== true);
  }

  /** Notes that a token is in the queue. */
  tokenSent(id: string, role: string): void {
    const revision = this.#open.get(id)?.revision;
    if (revision === undefined) return;
    const tokens = this.#tokens.get(id);
    if (tokens?.revision === revision) tokens.roles.add(role);
    else this.#tokens.set(id, { revision, roles: new Set([role]) });
  }

  /** Notes that a token could not be sent after all. */
  forgetToken(id: string, role: string): void {
    this.#tokens.get(id)?.roles.delete(role);
  }

  /** Notes that a task must wait: whatever token it has, it gets a new one in its place when it need not any more. */
  forgetTokens(id: string): void {
    this.#tokens.delete(id);
  }

  /** Learns what the queue really holds: of all routes of available tasks, those `isQueued` have a token. */
  learnTokens(isQueued: (id: string, role: string, lane: Lane) => boolean): void {
    this.#tokens.clear();
    for (const [id, { record, revision }] of this.#open) {
      if (record.status !== "available") continue;
      const roles = route(record, this.#roles.values()).filter((role) => isQueued(id, role, laneOf(record.priority)));
      this.#tokens.set(id, { revision, roles: new Set(roles) });
    }
  }

  /** An open record with the revision it was seen at. */
  known(id: string): Readonly<Known> | undefined {
    return this.#open.get(id);
  }

  #revisionOf(id: string): number {
    return (this.#open.get(id) ?? this.#ended.get(id) ?? this.#tombstones.get(id))?.revision ?? 0;
  }

  #refer(to: string, id: string): void {
    const referring = this.#referring.get(to);
    if (referring) referring.add(id);
    else this.#referring.set(to, new Set([id]));
  }

  #unrefer(record: TaskRecord): void {
    for (const to of referencesOf(record)) {
      const referring = this.#referring.get(to);
      referring?.delete(record.task_id);
      if (referring?.size === 0) this.#referring.delete(to);
    }
  }
}

const referencesOf = ({ blocked_by, parent_id }: TaskRecord): readonly string[] =>
  parent_id === null ? blocked_by : [...blocked_by, parent_id];

function endedTask(record: TaskRecord, status: EndedTask["status"], revision: number): EndedTask {
  const { task_id, epoch, parent_id, source_seq } = record;
  const handed_off_by = parent_id !== null && isHandoffOf(task_id, parent_id) ? parent_id : null;
  return { status, epoch, revision, changed_at: Date.parse(record.updated_at), handed_off_by, source_seq };
}
