/**
 * Whether globs can have a path in common, as `picomatch` reads them (a dot hides nothing). Exact for literals, `*`, `?`,
 * `**` and braces; what it does not understand may match anything from there on. So "yes" can be wrong, "no" never.
 */

/** One reading of a glob: segments, of which `**` stands for any number of any. */
export interface Pattern {
  segments: readonly string[];
  /** So many segments at the beginning are literal. */
  literal: number;
  /** The last segment; null when it is none that stands for itself. */
  last: string | null;
}

/** How much comparing is left: what comes after it counts as overlapping, so that no input can stop the process. */
export interface Effort {
  left: number;
}
/** A tenth of a second or two. */
export const newEffort = (): Effort => ({ left: 10_000_000 });

const ANY = "**";
/** Readings of one glob with braces, and of all globs of a task. */
const MAX_READINGS = 64;
const MAX_PATTERNS = 2_000;

/** Classes, groups, extglobs, escapes, quotes, a brace that is repeated: where one begins, anything may follow. */
const UNKNOWN = /[\\[\]()"]|\}\+/;
const GLOB = /[*?{}]/;
const WILD = /[*?]/;
const FILE = /[^/]\.[^./]+$/;

/** By the list itself: those of records are asked again and again. */
const known = new WeakMap<readonly string[], readonly Pattern[]>();

/**
 * All readings of a task's `files`. A path without a glob is a folder, too, and stands for all that is in it; unless it
 * looks like a file's (`app.ts`), which would overlap every glob that begins with `**`.
 */
export function patternsOf(files: readonly string[]): readonly Pattern[] {
  let patterns = known.get(files);
  if (!patterns) {
    const found: Pattern[] = [];
    for (const file of files) found.push(...readings(file, Math.min(MAX_READINGS, MAX_PATTERNS - found.length)));
    known.set(files, (patterns = found));
  }
  return patterns;
}

function readings(glob: string, limit: number): Pattern[] {
  // A bare "|" separates regular expressions, wherever it is.
  if (/^(?:\.\/)*!/.test(glob) || glob.includes("|")) return [patternOf(ANY)];
  if (UNKNOWN.test(glob)) return [upTo(glob, Math.min(glob.search(UNKNOWN), endOf(glob, "{")))];
  // Without a slash in it, picomatch makes "one + or more" of "++".
  const more = glob.includes("++") && !/[/{}]/.test(glob) ? [patternOf(glob.replace(/\++/g, "+*"))] : [];
  if (!GLOB.test(glob)) return [patternOf(FILE.test(glob) ? glob : `${glob}/${ANY}`), ...more];
  const texts = expand(glob, limit);
  if (!texts) return [upTo(glob, endOf(glob, "{"))];
  // What is equal to a glob matches it, also a path with braces in its name.
  return texts.length === 1 ? [patternOf(glob), ...more] : [...texts.map(looser), patternOf(glob)];
}

/** A reading of a glob with braces: there, a `*` may be nothing at all, and so can be a whole segment after a `**`. */
const looser = (text: string): Pattern => patternOf(text, true);

const endOf = (text: string, mark: string): number => (text.includes(mark) ? text.indexOf(mark) : text.length);

/** The whole segments before an index, and anything below. */
const upTo = (glob: string, index: number): Pattern => patternOf(`${glob.slice(0, index).replace(/[^/]*$/, "")}${ANY}`);

/** A glob without its braces: one text for each choice; null when they are unusual, or too many. */
function expand(glob: string, limit: number): string[] | null {
  const open = glob.indexOf("{");
  if (open < 0) return [glob];
  const choices: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < glob.length; at++) {
    const character = glob.charAt(at);
    if (character === "{") depth++;
    else if (character === "}") depth--;
    if (depth > 1 || (character !== "," && depth > 0)) continue;
    choices.push(glob.slice(from, at));
    from = at + 1;
    if (depth > 0) continue;
    // Of one choice, and of a range, picomatch makes something else.
    if (choices.length === 1 || choices.some((choice) => choice.includes(".."))) return null;
    const all: string[] = [];
    for (const choice of choices) {
      const more = expand(glob.slice(0, open) + choice + glob.slice(from), limit - all.length);
      if (more) all.push(...more);
      if (!more || all.length > limit) return null;
    }
    return all;
  }
  return null;
}

function patternOf(text: string, isLoose = false): Pattern {
  const segments: string[] = [];
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") return { segments: [ANY], literal: 0, last: null };
    const mayBeNone = isLoose && part === "*" && segments.at(-1) === ANY;
    const segment = part.includes(ANY) || mayBeNone ? ANY : part;
    if (segment !== ANY || segments.at(-1) !== ANY) segments.push(segment);
  }
  const wild = segments.findIndex((segment) => WILD.test(segment));
  const last = segments.at(-1) ?? ANY;
  return { segments, literal: wild < 0 ? segments.length : wild, last: WILD.test(last) ? null : last };
}

/** Whether two readings have a path in common. */
export function overlaps(a: Pattern, b: Pattern, effort: Effort): boolean {
  if (--effort.left < 0 || isWithin(a, b) || isWithin(b, a)) return true;
  // Tells most of them apart at once.
  if (a.last !== b.last && a.last !== null && b.last !== null) return false;
  return meet(a.segments, b.segments, ANY, (mine, theirs) => segmentsOverlap(mine, theirs, effort), effort);
}

/**
 * Whether two patterns have a text in common, part by part.
 * @param any the part that stands for any number of parts
 */
function meet(
  one: ArrayLike<string>,
  other: ArrayLike<string>,
  any: string,
  isSame: (mine: string, theirs: string) => boolean,
  effort: Effort,
): boolean {
  // Which beginnings of `other` can be what the beginning of `one` that was looked at is.
  let now = [true];
  for (let i = 0; i <= one.length; i++) {
    const next: boolean[] = [];
    const mine = one[i];
    for (let j = 0; j <= other.length; j++) {
      if (now[j] !== true) continue;
      if (--effort.left < 0) return true;
      const theirs = other[j];
      if (theirs === any || (mine === any && theirs !== undefined)) now[j + 1] = true;
      if (mine === any || (mine !== undefined && theirs === any)) next[j] = true;
      else if (mine !== undefined && theirs !== undefined && isSame(mine, theirs)) next[j + 1] = true;
    }
    if (i === one.length) return now[other.length] === true;
    now = next;
  }
  return false;
}

/** Whether a path is the beginning of another's literal one: then it is a folder's, whatever it looks like. */
const isWithin = (path: Pattern, other: Pattern): boolean =>
  path.literal === path.segments.length &&
  path.literal <= other.literal &&
  path.segments.every((segment, at) => segment === other.segments[at]);

/** The same within a segment, by UTF-16 unit as picomatch's regular expressions do. */
function segmentsOverlap(one: string, other: string, effort: Effort): boolean {
  if (one === other) return true;
  if (!WILD.test(one) && !WILD.test(other)) return false;
  return meet(one, other, "*", (mine, theirs) => mine === theirs || mine === "?" || theirs === "?", effort);
}
