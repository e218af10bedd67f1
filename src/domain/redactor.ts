import { formsOf } from "./secret-forms.js";
import type { Secret } from "./secrets.js";

interface Form {
  text: string;
  mark: string;
}

interface Found {
  start: number;
  end: number;
  mark: string;
}

/** A part of a secret counts from this length on, where a text was cut: */
const PART = 8;
/** where it begins, where it ends, and where something was left out of it. */
const CUT = "…";

/** Forms are looked up by their first characters; a filter says in one step where none begins. */
const HEAD = 4;
const FILTER_SIZE = 2 ** 16;
/** Four steps of four bits: what was added longer ago is out. */
const hashStep = (hash: number, code: number): number => ((hash << 4) ^ code) & (FILTER_SIZE - 1);

/**
 * Replaces secrets by marks such as `[redacted GITHUB_TOKEN]`, in every form they can have, also parts of them where a
 * text was cut. Built once, used for many texts: the cost is one look at each character, however many secrets there are.
 */
export class Redactor {
  readonly #forms: Form[] = [];
  readonly #filter = new Uint8Array(FILTER_SIZE);
  readonly #byHead = new Map<string, Form[]>();
  /** Every part of a form that a cut text can begin with. */
  readonly #parts = new Set<string>();

  constructor(secrets: readonly Secret[]) {
    for (const { name, text } of secrets) {
      // A name can be anything, and the mark must fit into a JSON text.
      const mark = `[redacted ${name.replace(/[^\w.-]/g, "_")}]`;
      for (const form of formsOf(text)) this.#add({ text: form, mark });
    }
  }

  #add(form: Form): void {
    const { text } = form;
    const head = text.slice(0, HEAD);
    let hash = 0;
    for (let at = 0; at < HEAD; at++) hash = hashStep(hash, head.charCodeAt(at));
    this.#filter[hash] = 1;
    this.#byHead.set(head, [...(this.#byHead.get(head) ?? []), form]);
    for (let at = 1; at + PART <= text.length; at++) this.#parts.add(text.slice(at, at + PART));
    this.#forms.push(form);
  }

  /** True when there is nothing to look for. */
  get isIdle(): boolean {
    return this.#forms.length === 0;
  }

  /** The text without secrets; the same one when there are none in it. */
  text(text: string): string {
    let kept = "";
    let from = 0;
    for (const { start, end, mark } of this.#find(text)) {
      kept += text.slice(from, start) + mark;
      from = end;
    }
    return from === 0 ? text : kept + text.slice(from);
  }

  /** The same of every text in a JSON value, of its keys, and of numbers whose digits are a secret. */
  value<T>(value: T): T {
    return this.#value(value) as T;
  }

  #value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") {
      const text = this.text(String(value));
      return text === String(value) ? value : text;
    }
    if (Array.isArray(value)) return value.map((item) => this.#value(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.#value(item)]));
  }

  /** In order; what overlaps is one. */
  #find(text: string): Found[] {
    const found: Found[] = [];
    const add = (next: Found | null): void => {
      const last = found.at(-1);
      if (next === null) return;
      if (last !== undefined && next.start < last.end) last.end = Math.max(last.end, next.end);
      else found.push(next);
    };
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      if (at === 0 || text[at - 1] === CUT) add(this.#partAt(text, at));
      hash = hashStep(hash, text.charCodeAt(at));
      if (at >= HEAD - 1 && this.#filter[hash] === 1) add(this.#formAt(text, at - HEAD + 1));
    }
    return found;
  }

  /** The longest form that begins here, whole or up to where the text is cut. */
  #formAt(text: string, start: number): Found | null {
    let best: Found | null = null;
    for (const { text: form, mark } of this.#byHead.get(text.slice(start, start + HEAD)) ?? []) {
      const end = start + matching(form, text, start);
      if (end > (best?.end ?? start)) best = { start, end, mark };
    }
    return best;
  }

  /** What is left here of a form whose beginning was cut off. */
  #partAt(text: string, start: number): Found | null {
    const head = text.slice(start, start + PART);
    if (!this.#parts.has(head)) return null;
    let best: Found | null = null;
    for (const { text: form, mark } of this.#forms) {
      for (let at = form.indexOf(head, 1); at >= 0; at = form.indexOf(head, at + 1)) {
        const end = start + matching(form.slice(at), text, start);
        if (end > (best?.end ?? start)) best = { start, end, mark };
      }
    }
    return best;
  }
}

/** How much of the text, from `start` on, is this form: all of it, or as much as there is before a cut. Else 0. */
function matching(form: string, text: string, start: number): number {
  if (text.startsWith(form, start)) return form.length;
  const cut = text.indexOf(CUT, start);
  const length = (cut < 0 ? text.length : cut) - start;
  return length >= PART && length < form.length && form.startsWith(text.slice(start, start + length)) ? length : 0;
}
