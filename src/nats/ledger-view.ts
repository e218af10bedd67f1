import {
  type Amount,
  type Budgeted,
  type BudgetStanding,
  type Raise,
  standingOf,
  weekStart,
} from "../domain/budget.js";
import { Tally } from "../domain/tally.js";
import { dayOf, type UsageEntry } from "../domain/usage.js";
import type { Session } from "./session.js";
import { watchLedger } from "./usage-ledger.js";

const nameOf = (role: string | null, period: string): string => `${period} ${role ?? ""}`;

/** What the fleet has used this week, and by how much budgets were raised, kept up as it is written. */
export class LedgerView {
  readonly #tally = new Tally();
  readonly #raises = new Map<string, Raise>();
  /** Keys that this process writes: what comes back of them is old. */
  readonly #own = new Set<string>();

  constructor(private readonly session: Session) {}

  /** Reads what there is, and follows what comes until the signal aborts. */
  follow(signal: AbortSignal, { onCaughtUp, onChange }: { onCaughtUp: () => void; onChange?: () => void }): void {
    watchLedger(this.session, weekStart(this.#now()), {
      signal,
      onCaughtUp,
      onEntry: (key, entry) => {
        if (!this.#own.has(key)) this.#tally.set(key, entry);
        onChange?.();
      },
      onRaise: (role, raise) => {
        this.#raises.set(nameOf(role, raise.period), raise);
        onChange?.();
      },
      onReset: () => {
        this.#tally.drop((key) => !this.#own.has(key));
        this.#raises.clear();
      },
    });
  }

  /** Counts at once what this process is about to write. */
  count(key: string, entry: UsageEntry): void {
    this.#own.add(key);
    this.#tally.set(key, entry);
  }

  /** Drops what no period counts any more. */
  forget(): void {
    const first = dayOf(new Date(weekStart(this.#now())).toISOString());
    this.#tally.drop((key) => dayOf(key) < first);
    for (const key of this.#own) if (dayOf(key) < first) this.#own.delete(key);
  }

  /** How budgets stand now. */
  standings(budgets: readonly Budgeted[]): BudgetStanding[] {
    const now = this.#now();
    const raiseOf = (role: string | null, period: string): Raise | undefined => this.#raises.get(nameOf(role, period));
    return budgets.map((each) => standingOf(each, this.#tally, raiseOf, now));
  }

  /** What the fleet has used today (UTC). */
  spentToday(): Amount {
    return this.#tally.spent(null, [dayOf(this.session.now())]);
  }

  #now(): number {
    return Date.parse(this.session.now());
  }
}

/** How budgets stand now; reads what was used this week, where there is one. */
export async function standingsNow(session: Session, budgets: readonly Budgeted[]): Promise<BudgetStanding[]> {
  const ledger = new LedgerView(session);
  if (budgets.some(({ budget }) => budget.per !== "task")) {
    const done = new AbortController();
    await new Promise<void>((onCaughtUp) => ledger.follow(done.signal, { onCaughtUp })).finally(() => done.abort());
  }
  return ledger.standings(budgets);
}
