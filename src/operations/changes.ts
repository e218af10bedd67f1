import type { Change, NumberedChange } from "../domain/change.js";

/** Numbers changes and tells everybody who listens. */
export class Changes {
  #seq = 0;
  readonly #listeners = new Set<(change: NumberedChange) => void>();

  /** The number of the last change. */
  get seq(): number {
    return this.#seq;
  }

  tell(change: Change): void {
    const numbered = { seq: ++this.#seq, ...change };
    for (const listener of [...this.#listeners]) {
      try {
        listener(numbered);
      } catch {
        // One listener must not keep a change from the others.
      }
    }
  }

  subscribe(listener: (change: NumberedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
