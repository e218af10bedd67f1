import { LINK_MS, linkIssued } from "./signing.js";

/** Keeps each one-time link to one time: while this process lives, and none from before it. */
export class Links {
  /** Until when each used key has to be known; then it is void anyway. */
  readonly #used = new Map<string, number>();

  /** @param startedAt epoch ms: which older links were used is not known any more */
  constructor(
    private readonly token: string,
    private readonly port: number,
    private readonly startedAt: number,
  ) {}

  /** True once for each link that is not void. @param now epoch ms */
  redeem(key: string, now: number): boolean {
    for (const [used, until] of this.#used) if (until < now) this.#used.delete(used);
    const issued = linkIssued(this.token, this.port, key);
    if (issued === null || issued < this.startedAt || issued > now || now - issued > LINK_MS || this.#used.has(key)) {
      return false;
    }
    this.#used.set(key, issued + LINK_MS);
    return true;
  }
}
