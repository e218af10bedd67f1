/** Values pushed by a callback, taken by a loop. Ends when its signal aborts. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #wake: () => void = () => undefined;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  push(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (!this.signal.aborted) {
      const value = this.#values.shift();
      if (value !== undefined) yield value;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
