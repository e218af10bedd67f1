import {
  type Budget,
  type Budgeted,
  type BudgetStanding,
  reachedFor,
  standingNews,
  standingText,
} from "../domain/budget.js";
import { reportError } from "../nats/feed.js";
import { LedgerView } from "../nats/ledger-view.js";
import type { Session } from "../nats/session.js";
import { noteTold } from "../nats/usage-ledger.js";
import { Meter, type Metered } from "./meter.js";

/** A period may begin while the machine sleeps: so often it is looked whether one has. */
const LOOK_MS = 30_000;

/**
 * How the budgets stand that hold for the agents of this process: what all of the fleet has used is followed only where
 * there is a budget, and what runs here counts at once.
 */
export class Budgets implements Disposable {
  readonly #budgets = new Map<string | null, Budget>();
  readonly #ledger: LedgerView;
  readonly #meters = new Set<Meter>();
  /** What people were told, or are about to be. */
  readonly #told = new Set<string>();
  readonly #stopped = new AbortController();
  #standings: readonly BudgetStanding[] | undefined = [];
  #caughtUp = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param say tells people that watch this process */
  constructor(
    private readonly session: Session,
    private readonly say: (message: string) => void,
    private readonly onChange: () => void,
  ) {
    this.#ledger = new LedgerView(session);
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
    clearInterval(this.#timer);
  }

  /** How they stand now; undefined while that is not known yet. */
  get standings(): readonly BudgetStanding[] | undefined {
    return this.#standings;
  }

  /** Keeps to the budget of a role, or of the workspace (null). */
  keep(role: string | null, budget: Budget | null): void {
    if (JSON.stringify(this.#budgets.get(role) ?? null) === JSON.stringify(budget)) return;
    if (budget === null) this.#budgets.delete(role);
    else this.#budgets.set(role, budget);
    this.#follow();
    this.#look();
  }

  /** Counts what an attempt uses. @param stop ends it, when a hard budget is used up */
  meter(of: Metered, stop: () => void): Meter {
    const { role } = of.agent;
    const budgets = this.#listed().filter(
      (each) => each.budget.per === "task" && (each.role === null || each.role === role),
    );
    const meter: Meter = new Meter(this.session, of, of.run === undefined ? budgets : [], {
      stop,
      entry: (key, entry) => {
        this.#ledger.count(key, entry);
        this.#look();
      },
      closed: () => this.#meters.delete(meter),
    });
    this.#meters.add(meter);
    this.#stopIfReached(meter);
    return meter;
  }

  #listed(): Budgeted[] {
    return [...this.#budgets].map(([role, budget]) => ({ role, budget }));
  }

  #follow(): void {
    if (this.#timer || this.#listed().every(({ budget }) => budget.per === "task")) return;
    this.#timer = setInterval(() => {
      this.#ledger.forget();
      this.#look();
    }, LOOK_MS);
    this.#timer.unref();
    this.#ledger.follow(this.#stopped.signal, {
      onChange: () => this.#look(),
      onCaughtUp: () => {
        this.#caughtUp = true;
        this.#look();
      },
    });
  }

  /** Looks how the budgets stand, and does what follows from that. */
  #look(): void {
    const known = this.#timer === undefined || this.#caughtUp;
    const before = JSON.stringify(this.#standings);
    this.#standings = known ? this.#ledger.standings(this.#listed()) : undefined;
    if (JSON.stringify(this.#standings) === before) return;
    for (const standing of this.#standings ?? []) if (standing.state !== "ok") this.#tell(standing);
    for (const meter of this.#meters) this.#stopIfReached(meter);
    this.onChange();
  }

  #stopIfReached(meter: Meter): void {
    const hard = this.#standings?.filter((each) => each.hard) ?? [];
    const reached = reachedFor(hard, meter.role);
    if (reached) meter.end(standingText(reached));
  }

  /** Tells people once for each limit and period: whoever watches this process, and, first of the fleet, everybody. */
  #tell(standing: BudgetStanding): void {
    const { role, period, state, limit } = standing;
    const name = JSON.stringify([role, period, state, limit]);
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const message = standingNews(standing);
    this.say(message);
    noteTold(this.session, standing)
      .then((first) => (first ? reportError(this.session, { reason: "budget", message }) : undefined))
      // Nobody was told: the next look does.
      .catch(() => this.#told.delete(name));
  }
}
