import type { TaskQuery } from "../domain/task-query.js";
import type { PageQuery, TaskPage, TaskTable } from "../domain/task-table.js";
import { MjError } from "../errors.js";

/** One page of the tasks that are meant. @throws MjError usage: no cursor of this list, or `since` is no time */
export function pageOf(tasks: TaskTable, query: PageQuery): TaskPage {
  const page = tasks.page(query);
  if (page === "since") throw notATime(query);
  if (page === "cursor") {
    throw new MjError("usage", "the cursor does not belong to this list", {
      why: "a cursor is the next_cursor of a page with the same sort and order",
      hint: "begin again without a cursor",
    });
  }
  return page;
}

/** The ids of all tasks that are meant, in order. @throws MjError usage: `since` is no time */
export function idsOf(tasks: TaskTable, query: TaskQuery): string[] {
  const rows = tasks.matching(query);
  if (!rows) throw notATime(query);
  return rows.map(({ task_id }) => task_id);
}

const notATime = ({ since }: TaskQuery): MjError =>
  new MjError("usage", `"${since ?? ""}" is not a time`, { hint: "write it as 2030-01-31T09:00:00Z" });
