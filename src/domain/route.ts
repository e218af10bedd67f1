import picomatch from "picomatch";
import type { Match, RoleRegistration } from "./role.js";
import type { Json } from "./json-value.js";
import type { TaskRecord } from "./task.js";

/** The fields of a task that routing looks at. */
export type Routable = Pick<TaskRecord, "title" | "description" | "type" | "phase" | "tags" | "files" | "payload"> &
  Partial<Pick<TaskRecord, "payload_excerpt">>;

const equals = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const wordPatterns = new Map<string, RegExp>();

/** Matches `word` where no letter, digit or underscore touches it. */
function wholeWord(word: string): RegExp {
  let pattern = wordPatterns.get(word);
  if (!pattern) {
    pattern = new RegExp(`(?<![\\p{L}\\p{N}_])${escape(word)}(?![\\p{L}\\p{N}_])`, "iu");
    wordPatterns.set(word, pattern);
  }
  return pattern;
}

/** Every key and value of a payload on a line of its own: as JSON, an escape such as `\n` would touch the next word. */
export function textOf(payload: Json): string {
  if (payload === null) return "";
  if (typeof payload !== "object") return String(payload);
  if (Array.isArray(payload)) return payload.map(textOf).join("\n");
  return Object.entries(payload)
    .flatMap(([key, value]) => [key, textOf(value)])
    .join("\n");
}

function mentions(task: Routable, keywords: readonly string[]): boolean {
  if (keywords.length === 0) return false;
  // The whole of a large payload would route as its beginning does, wherever it happens to be at hand.
  const text = [task.title, task.description ?? "", task.payload_excerpt ?? textOf(task.payload)].join("\n");
  return keywords.some((keyword) => wholeWord(keyword).test(text));
}

function anyFile(files: readonly string[], globs: string[]): boolean {
  const fits = picomatch(globs);
  return files.some((file) => fits(file));
}

/** Whether any criterion of `match` fits the task. */
export function matches(task: Routable, match: Match): boolean {
  const { type, phase } = task;
  return (
    (type !== null && match.types.some((wanted) => equals(wanted, type))) ||
    (phase !== null && match.phases.some((wanted) => phase.toLowerCase().includes(wanted.toLowerCase()))) ||
    match.tags.some((wanted) => task.tags.some((tag) => equals(wanted, tag))) ||
    (match.files.length > 0 && anyFile(task.files, match.files)) ||
    mentions(task, match.keywords)
  );
}

/**
 * The names of the roles a task goes to: every role whose match fits. Roles that watch events claim nothing.
 * Empty: the task is unrouted and waits for a role that fits.
 */
export function route(task: Routable, roles: Iterable<RoleRegistration>): string[] {
  const names: string[] = [];
  for (const role of roles) if (role.watch.length === 0 && matches(task, role.match)) names.push(role.name);
  return names;
}
