import { idOfHandoff } from "../../src/domain/identity.js";
import { laneOf } from "../../src/domain/lanes.js";
import { blockerState } from "../../src/domain/blocker-state.js";
import { isRejected, type TaskEvent, transition } from "../../src/domain/lifecycle.js";
import type { Verdict } from "../../src/domain/liveness.js";
import { type Action, reconcile, type Reconciliation } from "../../src/domain/reconcile.js";
import type { RoleRegistration } from "../../src/domain/role.js";
import { route } from "../../src/domain/route.js";
import { isTerminal, type NewTask, type TaskRecord } from "../../src/domain/task.js";
import { FleetView } from "../../src/domain/view.js";
import { deepFreeze, later, settings } from "./records.js";

const RECHECK_MS = 90_000;

/** Server, dispatcher and agents as plain memory: the records, the tokens, who is dead, what time it is. */
export class Fleet {
  readonly records = new Map<string, { record: TaskRecord; revision: number }>();
  readonly queue = new Set<string>();
  readonly dead = new Set<string>();
  clock = 0;
  view = new FleetView();
  #revision = 0;
  #dirty = new Set<string>();
  /** Written, but not yet seen by the dispatcher. */
  #unseen: { record: TaskRecord; revision: number }[] = [];

  constructor(readonly roles: readonly RoleRegistration[]) {
    for (const role of roles) this.view.setRole(role);
  }

  get(id: string): TaskRecord | undefined {
    return this.records.get(id)?.record;
  }

  all(): TaskRecord[] {
    return [...this.records.values()].map(({ record }) => record);
  }

  /** One compare-and-set. @returns whether the record took the event */
  write(id: string, event: TaskEvent): boolean {
    const outcome = transition(this.get(id) ?? null, event, later(this.clock));
    if (isRejected(outcome)) return false;
    const stored = { record: deepFreeze(outcome), revision: ++this.#revision };
    this.records.set(id, stored);
    this.#unseen.push(stored);
    return true;
  }

  publish(id: string, task: NewTask): boolean {
    const blockers = (task.blocked_by ?? []).map((blocker) => {
      const record = this.get(blocker);
      return record ? blockerState(record.status) : "open";
    });
    return this.write(id, { type: "published", task_id: id, task, blockers });
  }

  /** The dispatcher's watch delivers the next `count` writes. */
  deliver(count = Number.POSITIVE_INFINITY): void {
    for (const { record, revision } of this.#unseen.splice(0, Math.min(count, this.#unseen.length))) {
      for (const id of this.view.apply(record, revision)) this.#dirty.add(id);
    }
  }

  /** Another dispatcher takes over: it knows what the bucket and the queue hold, and nothing else. */
  changeLeader(): void {
    this.#unseen = [];
    this.#dirty.clear();
    this.view = new FleetView();
    for (const role of this.roles) this.view.setRole(role);
    for (const { record, revision } of [...this.records.values()].sort((a, b) => a.revision - b.revision)) {
      this.view.apply(record, revision);
    }
    this.audit();
  }

  audit(): void {
    this.view.learnTokens((id, role, lane) => this.queue.has(`${role}.${lane}.${id}`));
  }

  look(ids?: Iterable<string>): Reconciliation {
    const verdict = (agentId: string, instanceId: string): Verdict =>
      this.dead.has(`${agentId}/${instanceId}`)
        ? { lost: true, why: `${agentId} was silent` }
        : { lost: false, recheck_ms: RECHECK_MS };
    return reconcile(
      this.view,
      { now: Date.parse(later(this.clock)), verdict, settings: settings(), attended: new Set() },
      ids,
    );
  }

  /** Does what was decided. @returns whether it had an effect */
  act(action: Action): boolean {
    if (action.do === "token") {
      this.view.tokenSent(action.task_id, action.role);
      this.queue.add(`${action.role}.${action.lane}.${action.task_id}`);
      return true;
    }
    if (action.do === "publish") return this.publish(action.task_id, action.task);
    return this.write(action.task_id, action.event);
  }

  /** Looks at what changed only, and acts, until there is nothing to do. @returns how many rounds it took */
  settleChanged(): number {
    for (let rounds = 0; ; rounds++) {
      this.deliver();
      const ids = [...this.#dirty];
      this.#dirty.clear();
      const { actions } = this.look(ids);
      if (actions.length === 0) return rounds;
      this.#actOnTruth(actions);
    }
  }

  /** Looks at everything, and acts, until there is nothing to do. @returns how many rounds it took */
  settle(): number {
    for (let rounds = 0; ; rounds++) {
      this.deliver();
      this.#dirty.clear();
      const { actions } = this.look();
      if (actions.length === 0) return rounds;
      this.#actOnTruth(actions);
      if (rounds > 10_000) throw new Error("it never comes to rest");
    }
  }

  #actOnTruth(actions: Action[]): void {
    for (const action of actions) {
      if (action.do === "apply" && action.event.type === "unblocked") {
        const open = this.get(action.task_id)?.blocked_by.filter(
          (id) => !isTerminal(this.get(id)?.status ?? "blocked"),
        );
        if (open?.length !== 0) throw new Error(`${action.task_id} would start before ${String(open)}`);
      }
      if (!this.act(action)) throw new Error(`decided on the truth, and refused: ${JSON.stringify(action)}`);
    }
  }

  /** What should have been done and is not: everything the dispatcher is there for, said in another way. */
  leftUndone(): string[] {
    const now = Date.parse(later(this.clock));
    return this.all().flatMap((record): string[] => {
      const { task_id: id, status } = record;
      if (status === "blocked") {
        const states = record.blocked_by.map((b) => blockerState(this.get(b)?.status ?? "available"));
        if (states.every((state) => state !== "open")) return [`${id} is blocked by nothing`];
        if (states.includes("failed") && record.on_blocker_failure === "fail") return [`${id} waits for a failed task`];
      }
      if (status === "scheduled" && Date.parse(record.not_before ?? "") <= now) return [`${id} is due`];
      if (status === "in_progress" && this.dead.has(`${record.owner ?? ""}/${record.instance_id ?? ""}`)) {
        return [`${id} belongs to a dead agent`];
      }
      if (status === "available") {
        const lane = laneOf(record.priority);
        const missing = route(record, this.roles).filter((role) => !this.queue.has(`${role}.${lane}.${id}`));
        return missing.map((role) => `${id} has no token for ${role}`);
      }
      if (status !== "completed") return [];
      const children = record.handoff.map((_, index) => idOfHandoff(id, index));
      return children.filter((child) => !this.get(child)).map((child) => `${child} was not published`);
    });
  }

  openIds(): string[] {
    return this.all()
      .filter((record) => !isTerminal(record.status))
      .map((record) => record.task_id);
  }
}
