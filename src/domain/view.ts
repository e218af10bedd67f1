import type { RoleRegistration } from "./role.js";
import { idOfHandoff } from "./identity.js";
import { type Lane, laneOf } from "./lanes.js";
import { route } from "./route.js";
import { isTerminal, type Status, type TaskRecord } from "./task.js";

interface Known {
  record: TaskRecord;
  revision: number;
}

/**
 * One observer's picture of every task: open records whole, ended ones by their status. Pure memory: it is fed
 * records and answers questions; `reconcile` reads it.
 */
export class FleetView {
  readonly #open = new Map<string, Known>();
  readonly #ended = new Map<string, Status>();
  readonly #waiters = new Map<string, Set<string>>();
  /** Completed tasks whose hand-offs are not all known yet. */
  readonly #handingOff = new Map<string, TaskRecord>();
  readonly #roles = new Map<string, RoleRegistration>();
  /** Tokens this observer knows to be in the queue, for the revision that made the task available. */
  readonly #tokens = new Map<string, { revision: number; roles: Set<string> }>();

  /** Takes a record in. @returns the ids whose situation may have changed. */
  apply(record: TaskRecord, revision: number): string[] {
    const id = record.task_id;
    const known = this.#open.get(id);
    if (known && known.revision >= revision) return [];
    for (const blocker of known?.record.blocked_by ?? []) this.#waiters.get(blocker)?.delete(id);
    if (record.status !== "available") this.#tokens.delete(id);
    const affected = [id];
    if (record.parent_id !== null && this.#handingOff.has(record.parent_id)) affected.push(record.parent_id);
    if (isTerminal(record.status)) {
      this.#open.delete(id);
      this.#ended.set(id, record.status);
      if (record.status === "completed" && record.handoff.length > 0) this.#handingOff.set(id, record);
      for (const waiter of this.#waiters.get(id) ?? []) affected.push(waiter);
    } else {
      this.#ended.delete(id);
      this.#open.set(id, { record, revision });
      if (record.status === "blocked") for (const blocker of record.blocked_by) this.#wait(blocker, id);
    }
    return affected;
  }

  /** Forgets a record that was removed from the bucket. */
  remove(id: string): void {
    this.#open.delete(id);
    this.#ended.delete(id);
    this.#handingOff.delete(id);
    this.#tokens.delete(id);
  }

  /** Forgets every task: the bucket is another one now, and its revisions begin anew. */
  forgetTasks(): void {
    for (const tasks of [this.#open, this.#ended, this.#waiters, this.#handingOff, this.#tokens]) tasks.clear();
  }

  setRole(role: RoleRegistration): void {
    this.#roles.set(role.name, role);
  }

  removeRole(name: string): void {
    this.#roles.delete(name);
  }

  open(id: string): TaskRecord | undefined {
    return this.#open.get(id)?.record;
  }

  openIds(): Iterable<string> {
    return this.#open.keys();
  }

  handingOffIds(): Iterable<string> {
    return this.#handingOff.keys();
  }

  /** Its status, or undefined when this id was never seen. */
  status(id: string): Status | undefined {
    return this.#open.get(id)?.record.status ?? this.#ended.get(id);
  }

  /** A completed task that still has hand-offs to publish. */
  handingOff(id: string): TaskRecord | undefined {
    const record = this.#handingOff.get(id);
    if (record?.handoff.every((_, index) => this.status(idOfHandoff(id, index)) !== undefined)) {
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

  #wait(blocker: string, id: string): void {
    const waiters = this.#waiters.get(blocker);
    if (waiters) waiters.add(id);
    else this.#waiters.set(blocker, new Set([id]));
  }
}
