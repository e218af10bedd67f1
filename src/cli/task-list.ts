import type { ChalkInstance } from "chalk";
import { z } from "zod";
import { ageText } from "../domain/duration.js";
import { agentOf, STATUSES, type TaskRecord } from "../domain/task.js";
import type { Column, Output } from "./output.js";
import { statusStyle } from "./task-view.js";

/** Which tasks are meant, and how they are listed: of `tasks list` and of what is done to many. */

/** `--status failed,cancelled` and `--status in-progress` are as good as the exact words. */
const Statuses = z.preprocess(
  (value) =>
    Array.isArray(value)
      ? value
          .flatMap((text) => String(text).toLowerCase().replaceAll("-", "_").split(","))
          .filter((text) => text !== "")
      : value,
  z.array(z.enum(STATUSES)).min(1, { error: "expected a status, found an empty text" }).optional(),
);

/** The options that say which tasks are meant. */
export const FilterOptions = z.object({
  status: Statuses,
  type: z.string().optional(),
  agent: z.string().optional(),
  // A variable of a script that is empty would mean every task with an error.
  error: z.string().min(1, { error: "expected what the error contains, found an empty text" }).optional(),
});

/** What a person wants to see at once; programs get everything. */
const SHOWN = 50;

/**
 * @param limit how many at most; default: all, and for people at a terminal the first ones
 * @param seeAll what shows those that are left out
 */
export function printTasks(
  out: Output,
  found: readonly TaskRecord[],
  { limit, empty, seeAll, now }: { limit?: number | undefined; empty: string; seeAll: string; now: string },
): void {
  const forPeople = out.isTTY && !out.json && !out.quiet;
  const rows = found.slice(0, limit ?? (forPeople ? SHOWN : undefined));
  out.list<TaskRecord>(rows, {
    id: (task) => task.task_id,
    empty,
    columns: (style) => taskColumns(style, Date.parse(now)),
  });
  const more = found.length - rows.length;
  if (more > 0 && !out.json) out.note(`and ${more} more: ${seeAll} shows them all`);
}

const taskColumns = (style: ChalkInstance, now: number): Column<TaskRecord>[] => [
  { title: "ID", value: (task) => task.task_id },
  { title: "STATUS", value: (task) => task.status, style: (text, task) => statusStyle(style, task.status)(text) },
  { title: "PRIORITY", value: (task) => task.priority },
  { title: "TYPE", value: (task) => task.type ?? "-", flexible: true },
  { title: "AGENT", value: (task) => agentOf(task) ?? "-" },
  { title: "AGE", value: (task) => roughAge(now - Date.parse(task.created_at)), align: "right" },
  { title: "TITLE", value: (task) => task.title, flexible: true },
];

/** The largest unit is enough to compare: `12m`, `3h`. */
const roughAge = (ms: number): string => ageText(ms).replace(/ .*/, "");
