import type { Amount } from "./budget.js";
import { dayOf, tokensOf, type UsageEntry } from "./usage.js";

type Counted = Pick<UsageEntry, "role" | "input_tokens" | "output_tokens" | "cost_usd">;

/** Money is added up in whole billionths: the sum is then the same in whatever order entries come. */
const UNITS = 1e9;

/** What was used, by role and day: kept up as entries come and change. */
export class Tally {
  readonly #entries = new Map<string, Counted>();
  readonly #sums = new Map<string, { units: number; tokens: number }>();

  /** Takes the entry of a key, in the place of what it had. Keys begin with the day. */
  set(key: string, entry: Counted): void {
    this.#count(key, -1);
    this.#entries.set(key, entry);
    this.#count(key, 1);
  }

  /** Forgets entries. */
  drop(isMeant: (key: string) => boolean): void {
    for (const key of this.#entries.keys()) {
      if (!isMeant(key)) continue;
      this.#count(key, -1);
      this.#entries.delete(key);
    }
  }

  /** @param role null: all of them */
  spent(role: string | null, days: readonly string[]): Amount {
    let [units, tokens] = [0, 0];
    for (const day of days) {
      const sum = this.#sums.get(`${day} ${role ?? ""}`);
      units += sum?.units ?? 0;
      tokens += sum?.tokens ?? 0;
    }
    return { usd: units / UNITS, tokens };
  }

  #count(key: string, sign: 1 | -1): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    for (const role of ["", entry.role]) {
      const name = `${dayOf(key)} ${role}`;
      const sum = this.#sums.get(name) ?? { units: 0, tokens: 0 };
      sum.units += sign * Math.round((entry.cost_usd ?? 0) * UNITS);
      sum.tokens += sign * tokensOf(entry);
      this.#sums.set(name, sum);
    }
  }
}
