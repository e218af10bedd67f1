import {
  type Held,
  heldBy,
  needsSlot,
  freeSlots,
  type Refused,
  type RoleLimit,
  takeSlot,
} from "../domain/admission.js";
import type { Budget } from "../domain/budget.js";
import { isNewer, probing, type Quota, type Refusal, refused } from "../domain/quota.js";
import type { RunningSlot, WorkspaceState } from "../domain/settings.js";
import { limitsOf } from "../nats/artifacts.js";
import type { Session } from "../nats/session.js";
import { changeQuota, changeSlots, watchSettings } from "../nats/workspace-settings.js";
import { Budgets } from "./budgets.js";

/** Longer than a timer can be, some moments are away; and a host's clock may be set meanwhile. */
const LOOK_AGAIN_MS = 60_000;

/** Whether a role may have one more task running, as far as is known here. */
export interface Gate {
  isOpen: () => boolean;
  /** Resolves when it may, or when the signal aborts. */
  open: (signal: AbortSignal) => Promise<void>;
}

/**
 * Whether the agents of this process may claim: not while their role or everything is paused, and not more than the
 * role and the workspace may have running at a time, nor when a budget is used up. Where nothing is limited, asking costs nothing.
 */
export class Admission implements Disposable {
  readonly budgets: Budgets;
  #settings: WorkspaceState | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #stopped = new AbortController();

  /** @param say tells people that watch this process */
  constructor(
    private readonly session: Session,
    say: (message: string) => void = () => undefined,
  ) {
    const changed = (): void => {
      for (const wake of [...this.#waiting]) wake();
    };
    this.budgets = new Budgets(session, say, changed);
    watchSettings(session, {
      signal: this.#stopped.signal,
      onState: (state) => {
        this.#settings = state;
        this.budgets.keep(null, state.rules.budget);
        changed();
      },
    });
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
    this.budgets[Symbol.dispose]();
  }

  /** The gate of one role, which keeps to its budget from now on. */
  gate(role: RoleLimit, budget: Budget | null = null): Gate {
    this.budgets.keep(role.name, budget);
    return { isOpen: () => this.#held(role) === null, open: (signal) => this.#opened(role, signal) };
  }

  /**
   * Takes a slot before a claim, where one is needed, with a lease on the files of its task.
   * @returns what gives it back, or why there is none
   */
  async enter(role: RoleLimit, slot: RunningSlot): Promise<(() => void) | Refused> {
    const known = this.#state;
    if (!known || this.#held(role) !== null) return "role";
    if (!needsSlot(known, role, slot)) return (await this.probe(role.account)) ? () => undefined : "role";
    let why: Refused = "role";
    const taken = await changeSlots(this.session, (slots) => {
      const outcome = takeSlot({ ...known, slots }, slot, role, this.#now(), limitsOf(this.session).slots);
      if (Array.isArray(outcome)) return outcome;
      why = outcome;
      return null;
    });
    if (!taken) return why;
    // Should this fail, the dispatcher frees it: the record says that the attempt is over.
    const leave = (): void =>
      void changeSlots(this.session, (slots) => freeSlots(slots, [slot])).catch(() => undefined);
    if (await this.probe(role.account)) return leave;
    leave();
    return "role";
  }

  /**
   * Whether one more task may run with an account: where a provider refused it and may be asked again now, of all
   * agents only the first that asks may, until it has its answer.
   */
  async probe(account: string | null | undefined): Promise<boolean> {
    if (!account || !this.#state?.quotas.has(account)) return true;
    let mayRun = true;
    await changeQuota(this.session, account, (quota) => {
      const next = quota && probing(quota, this.#now());
      mayRun = next !== null;
      this.#learn(account, mayRun ? (next ?? null) : (quota ?? null));
      return next ?? undefined;
    });
    return mayRun;
  }

  /** A provider refused an account. Holds here from now on, and everywhere once it is written. */
  async refused(account: string, refusal: Refusal): Promise<void> {
    const now = this.#now();
    this.#learn(account, refused(this.#state?.quotas.get(account), account, refusal, now));
    await changeQuota(this.session, account, (quota) => refused(quota, account, refusal, now));
  }

  /** A provider answered an attempt that began then: where that was after it refused, it accepts the account again. */
  async answered(account: string, startedAt: string): Promise<void> {
    const known = this.#state?.quotas.get(account);
    if (!known || !isNewer(known, startedAt)) return;
    await changeQuota(this.session, account, (quota) => (quota && isNewer(quota, startedAt) ? null : undefined));
  }

  /** Without waiting for what the server tells everybody. */
  #learn(account: string, quota: Quota | null): void {
    if (!this.#settings) return;
    const quotas = new Map(this.#settings.quotas);
    if (quota) quotas.set(account, quota);
    else quotas.delete(account);
    this.#settings = { ...this.#settings, quotas };
  }

  #now(): number {
    return Date.parse(this.session.now());
  }

  /** All that is known, once all of it is. */
  get #state(): WorkspaceState | undefined {
    const { standings: budgets } = this.budgets;
    return this.#settings && budgets && { ...this.#settings, budgets };
  }

  /** What holds a role back now; undefined while that is not known yet. */
  #held(role: RoleLimit): Held | null | undefined {
    const state = this.#state;
    return state && heldBy(state, role, this.#now());
  }

  async #opened(role: RoleLimit, signal: AbortSignal): Promise<void> {
    for (;;) {
      const held = this.#held(role);
      if (signal.aborted || held === null) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        const ms = held && "until" in held ? held.until - this.#now() : LOOK_AGAIN_MS;
        const timer = setTimeout(wake, Math.min(Math.max(ms, 1), LOOK_AGAIN_MS));
        this.#waiting.add(wake);
        signal.addEventListener("abort", wake);
      });
    }
  }
}
