import type { ChalkInstance } from "chalk";
import { someOf } from "../domain/dependencies.js";
import { ageText, timeText } from "../domain/duration.js";
import { route } from "../domain/route.js";
import type { Status, TaskRecord } from "../domain/task.js";
import type { Routing } from "../operations/snapshot.js";
import { oneLine } from "./text.js";

/** `in_progress` as a person would write it. */
export const statusWords = (status: string): string => status.replaceAll("_", " ");

/** The colour of a status: only what ended or needs somebody has one. */
export function statusStyle(style: ChalkInstance, status: Status): (text: string) => string {
  switch (status) {
    case "completed":
      return style.green;
    case "failed":
      return style.red;
    case "in_progress":
      return style.cyan;
    case "awaiting_approval":
      return style.yellow;
    case "cancelled":
      return style.dim;
    default:
      return (text) => text;
  }
}

/** What became of an ended task, in a line: its summary or its error. */
export function outcomeText(task: TaskRecord): string {
  if (task.error && task.status !== "completed") return task.error.message;
  return task.result?.summary ?? task.title;
}

/** What happens next to a task, and what somebody can do about it. One line, escaped. */
export function nextStep(task: TaskRecord, routing: Routing): string {
  const id = task.task_id;
  const names = route(task, routing.roles).map(oneLine);
  const goes = destination(names, routing);
  switch (task.status) {
    case "available":
      return goes ?? unrouted(routing);
    case "blocked":
      return `waits for ${someOf(task.blocked_by)}; ${then(goes)}`;
    case "scheduled":
      return `due ${dueText(task.not_before, routing.now)}; ${then(goes)}`;
    case "awaiting_approval":
      return `mjagent approve ${id} lets it go on (or: mjagent reject ${id}); ${then(goes)}`;
    case "in_progress":
      return `runs at ${oneLine(task.owner ?? "?")}: mjagent logs ${id} -f`;
    case "completed":
      return `mjagent logs ${id} shows what it wrote`;
    case "failed":
      return task.history.length === 0 ? `mjagent retry ${id}` : `mjagent logs ${id} tells more; mjagent retry ${id}`;
    case "cancelled":
      return `mjagent retry ${id} brings it back`;
  }
}

/** Where a task goes; undefined when no role takes it. */
function destination(names: readonly string[], { led }: Routing): string | undefined {
  const [first] = names;
  if (first === undefined) return undefined;
  const goes = names.length === 1 ? `goes to ${first}` : `goes to the first free of ${names.join(", ")}`;
  return led ? goes : `${goes} as soon as an agent runs: mjagent run --agent ${first}`;
}

const then = (goes: string | undefined): string => (goes === undefined ? "no role matches it yet" : `then ${goes}`);

const unrouted = ({ roles }: Routing): string =>
  roles.length === 0
    ? "no role matches yet, as no agent has run here: mjagent run --all"
    : "no role matches yet: it waits as unrouted until one does";

const dueText = (time: string | null, now: number): string => {
  if (time === null) return "now";
  const left = Date.parse(time) - now;
  return left <= 0 ? "now" : `in ${ageText(left)} (${timeText(time)})`;
};
