/** Work that is done again and again: when it says so itself, and at once when asked. Never twice at a time. */
export class Rounds {
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;

  /** @param round does all there is to do, and answers for its errors; resolves to the ms until the next one */
  constructor(
    private readonly round: () => Promise<number>,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** One now, or once more when the one under way is done. */
  look(): void {
    this.#again = true;
    if (this.#running || this.signal.aborted) return;
    this.#running = true;
    this.#again = false;
    void this.round().then((ms) => {
      this.#running = false;
      if (this.signal.aborted) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.look(), this.#again ? 0 : ms);
    });
  }
}
