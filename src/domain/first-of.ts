/** Negative when the first comes first. */
export type Compare<T> = (a: T, b: T) => number;

/** By code units: the order of ids and of ISO times. */
export const compareText: Compare<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Sorting now and then what has gathered costs less than keeping it in order all the time. */
const GATHER = 4;

/** The first `limit` of many, in order, without sorting the many. */
export class FirstOf<T> {
  #gathered: T[] = [];
  #isFull = false;

  constructor(
    private readonly limit: number,
    private readonly compare: Compare<T>,
  ) {}

  offer(item: T): void {
    const last = this.#isFull ? this.#gathered[this.limit - 1] : undefined;
    if (last !== undefined && this.compare(item, last) >= 0) return;
    this.#gathered.push(item);
    if (this.#gathered.length >= GATHER * this.limit) this.#cut();
  }

  list(): T[] {
    this.#cut();
    return [...this.#gathered];
  }

  #cut(): void {
    this.#gathered.sort(this.compare);
    this.#gathered.length = Math.min(this.#gathered.length, this.limit);
    this.#isFull = this.#gathered.length === this.limit;
  }
}
