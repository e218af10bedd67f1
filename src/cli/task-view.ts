import type { ChalkInstance } from "chalk";
import type { Status, TaskRecord } from "../domain/task.js";

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
