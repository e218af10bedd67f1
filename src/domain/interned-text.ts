/** Beyond this it begins anew: what is not shared any more only costs memory. */
const KEPT = 20_000;

/**
 * Gives equal texts as one and the same: of what a hundred thousand tasks repeat, a name or a type, one copy is kept.
 */
export class SharedText {
  readonly #texts = new Map<string, string>();
  readonly #lists = new Map<string, readonly string[]>();

  text<T extends string | null>(text: T): T {
    if (text === null) return text;
    const known = this.#texts.get(text);
    if (known !== undefined) return known as T;
    if (this.#texts.size >= KEPT) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  list(list: readonly string[]): readonly string[] {
    const key = list.join("\n");
    const known = this.#lists.get(key);
    if (known) return known;
    if (this.#lists.size >= KEPT) this.#lists.clear();
    const shared = list.map((text) => this.text(text));
    this.#lists.set(key, shared);
    return shared;
  }
}

/** The beginning of a text, `max` characters at most, as a text of its own: a slice would keep the whole in memory. */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, "");
  return Buffer.from(`${kept}…`).toString();
}
