import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;
export type Path = readonly PropertyKey[];

/** One thing wrong with a value, in plain words, and where in the value it is. */
export interface Problem {
  path: Path;
  text: string;
  /** What the path leads to: a value, a key that should not be there, or a key that is not there. */
  at: "value" | "key" | "missing";
}

export type Checked<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

/** Checks a value against a schema and tells every problem at once. Messages set in the schema itself win over ours. */
export function check<T extends z.ZodType>(schema: T, value: unknown): Checked<z.output<T>> {
  const knownKeys = new Map<string, string[]>();
  const result = schema.safeParse(value, {
    error: (issue) => {
      if (issue.code === "unrecognized_keys" && issue.inst instanceof z.ZodObject) {
        knownKeys.set(keyOf(issue.path), Object.keys(issue.inst.shape));
      }
      return sentence(issue);
    },
  });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, value, knownKeys)) };
}

/** The candidate that is near enough to be a slip of the finger, else undefined. */
function didYouMean(text: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const best = closest(text.toLowerCase(), candidates);
  return distance(text.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 3))
    ? best
    : undefined;
}

/** `unknown <noun> "x": did you mean "y"?`, or the whole choice when nothing is near. */
export function unknown(noun: string, text: string, candidates: readonly string[]): string {
  const near = didYouMean(text, candidates);
  const what = `unknown ${noun} ${quoted(text)}`;
  if (near !== undefined) return `${what}: did you mean "${near}"?`;
  return candidates.length === 0 ? what : `${what}: expected ${choice([...candidates])}`;
}

/** `a.b[2]` for a path. */
function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const key = /^[\w-]+$/.test(String(step)) ? shorten(String(step)) : quoted(String(step));
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

function problemsOf(issue: Issue, root: unknown, knownKeys: ReadonlyMap<string, string[]>): Problem[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys.get(keyOf(issue.path)) ?? [];
    return issue.keys.map((key) => ({ path: [...issue.path, key], text: unknown("key", key, known), at: "key" }));
  }
  const at = valueAt(root, issue.path) === undefined && issue.path.length > 0 ? "missing" : "value";
  return [{ path: issue.path, text: issue.message, at }];
}

const keyOf = (path: Path | undefined): string => JSON.stringify((path ?? []).map(String));

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    return (value as Record<PropertyKey, unknown>)[step];
  }, root);
}

/** What is wrong, for somebody who has never heard of schemas. */
function sentence(issue: RawIssue): string {
  const [first, ...rest] = issue.path ?? [];
  // Entries of a list are told apart by their position in the file; "[3].title" would only be noise.
  const where = pathText(typeof first === "number" ? rest : (issue.path ?? []));
  const name = where === "" ? "this" : where;
  if (issue.code === "invalid_union" && Array.isArray(issue.options)) {
    const key = issue.discriminator as string;
    const found = valueAt(issue.input, [key]);
    const options = issue.options.map(String);
    if (found === undefined) return `${name} is missing: expected ${choice(options)}`;
    return typeof found === "string" ? unknown(key, found, options) : `${name} must be text, found ${describe(found)}`;
  }
  if (issue.input === undefined) return `${name} is missing`;
  switch (issue.code) {
    case "invalid_type":
      return `${name} must be ${TYPE_NAMES[issue.expected] ?? issue.expected}, found ${describe(issue.input)}`;
    case "invalid_value": {
      const values = issue.values.map(String);
      const noun = issue.path?.findLast((step) => typeof step === "string") ?? "value";
      if (typeof issue.input === "string") return unknown(noun, issue.input, values);
      return `${name} must be ${choice(values)}, found ${describe(issue.input)}`;
    }
    case "invalid_union": {
      const firsts = issue.errors.flatMap((branch) => branch.slice(0, 1));
      // A branch that failed further in accepts this type of value: z.json() and the like.
      if (firsts.some((inner) => inner.path.length > 0)) return `${name} holds something that is not allowed there`;
      const wanted = firsts.flatMap((inner) => (inner.code === "invalid_type" ? [TYPE_NAMES[inner.expected]] : []));
      return `${name} must be ${[...new Set(wanted)].join(" or ")}, found ${describe(issue.input)}`;
    }
    case "too_small":
      return `${name} must ${size(issue.origin, "least", issue.minimum)}, found ${measured(issue.input)}`;
    case "too_big":
      return `${name} must ${size(issue.origin, "most", issue.maximum)}, found ${measured(issue.input)}`;
    default:
      return `${name} is not valid: ${describe(issue.input)}`;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of keys to values",
  record: "a mapping of keys to values",
  null: "null",
};

function describe(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping of keys to values";
  if (typeof value === "string") return value === "" ? "an empty text" : `the text ${quoted(value)}`;
  return typeof value === "number" ? `the number ${value}` : JSON.stringify(value);
}

const shorten = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 39)}…`);

/** On one line, whatever is in it. */
const quoted = (text: string): string => JSON.stringify(shorten(text));

function size(origin: string, bound: "least" | "most", limit: number | bigint): string {
  if (origin === "string") return `have at ${bound} ${limit} character${limit == 1 ? "" : "s"}`;
  if (origin === "array") return `have at ${bound} ${limit} item${limit == 1 ? "" : "s"}`;
  return `be at ${bound} ${limit}`;
}

const measured = (value: unknown): string => {
  if (Array.isArray(value)) return String(value.length);
  return typeof value === "string" && value !== "" ? String(value.length) : describe(value);
};

function choice(values: readonly string[]): string {
  if (values.length < 2) return values.join("");
  return `${values.slice(0, -1).join(", ")} or ${values.at(-1) ?? ""}`;
}
