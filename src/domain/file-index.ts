import { type Effort, overlaps, type Pattern, patternsOf } from "./glob-overlap.js";

/** What to do with an entry whose files overlap: it is the one, it does not count, or it never does. */
export type Judgement = "take" | "skip" | "drop";

interface Entry<T> {
  pattern: Pattern;
  value: T;
}

interface Node<T> {
  below: Map<string, Node<T>>;
  /** Those whose literal beginning ends here, in the order in which they were added. */
  entries: Entry<T>[];
}

const node = <T>(): Node<T> => ({ below: new Map(), entries: [] });

/** Lists of globs by their literal beginnings: only what lies on the way there, or below it, is compared. */
export class FileIndex<T> {
  readonly #root = node<T>();

  constructor(private readonly effort: Effort) {}

  add(files: readonly string[], value: T): void {
    for (const pattern of patternsOf(files)) {
      let at = this.#root;
      for (const segment of pattern.segments.slice(0, pattern.literal)) {
        let next = at.below.get(segment);
        if (!next) at.below.set(segment, (next = node()));
        at = next;
      }
      at.entries.push({ pattern, value });
    }
  }

  /** One that overlaps these files and is taken; of those with the same literal beginning, the first that was added. */
  find(files: readonly string[], judge: (value: T) => Judgement): T | undefined {
    for (const pattern of patternsOf(files)) {
      const found = this.#findOne(pattern, judge);
      if (found) return found.value;
    }
    return undefined;
  }

  #findOne(pattern: Pattern, judge: (value: T) => Judgement): Entry<T> | undefined {
    let at: Node<T> | undefined = this.#root;
    for (const segment of pattern.segments.slice(0, pattern.literal)) {
      const found = this.#among(at.entries, pattern, judge);
      if (found) return found;
      at = at.below.get(segment);
      if (!at) return undefined;
    }
    // Grows while it is walked through: all that is below.
    const nodes = [at];
    for (const each of nodes) {
      const found = this.#among(each.entries, pattern, judge);
      if (found) return found;
      nodes.push(...each.below.values());
    }
    return undefined;
  }

  #among(entries: Entry<T>[], pattern: Pattern, judge: (value: T) => Judgement): Entry<T> | undefined {
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at];
      if (!entry || !overlaps(entry.pattern, pattern, this.effort)) continue;
      const judgement = judge(entry.value);
      if (judgement === "take") return entry;
      if (judgement === "drop") entries.splice(at--, 1);
    }
    return undefined;
  }
}
