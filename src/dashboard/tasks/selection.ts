import { listTasks } from "../api.js";
import type { Verb } from "../../domain/steering.js";
import { type Query, toBody, toParams } from "../query/query.js";
import type { Target } from "../steer/bulk.js";
import type { TaskRow } from "../wire.js";
import { APPLIES } from "../words.js";

/** Which rows are meant: these, or all to which the query applies, read or not. */
export type Selection = ReadonlySet<string> | "all";

export const isSelected = (selection: Selection, id: string): boolean => selection === "all" || selection.has(id);

export const toggled = (selection: Selection, id: string, rows: readonly TaskRow[]): Selection => {
  const next = new Set(selection === "all" ? rows.map(({ task_id }) => task_id) : selection);
  if (!next.delete(id)) next.add(id);
  return next;
};

/** Of the selected rows those that a verb can be done to. */
export const fitting = (verb: Verb, selection: ReadonlySet<string>, rows: readonly TaskRow[]): string[] =>
  rows
    .filter(({ task_id, status }) => selection.has(task_id) && APPLIES[verb].includes(status))
    .map(({ task_id }) => task_id);

/**
 * The statuses of those that are meant when a verb is to be done to all that match: what was cancelled was ended on
 * purpose, and comes back only when the query asks for it by name.
 */
export function meantBy(verb: Verb, { status }: Pick<Query, "status">): Query["status"] {
  if (status.length > 0) return status.filter((one) => APPLIES[verb].includes(one));
  return verb === "retry" ? ["failed"] : [...APPLIES[verb]];
}

/** All that match and that a verb can be done to, counted now; null when there is none. */
export async function allThatMatch(verb: Verb, query: Query, now: number): Promise<Target | null> {
  const status = meantBy(verb, query);
  if (status.length === 0) return null;
  const body = toBody({ ...query, status }, now);
  const counting = toParams(body);
  counting.set("limit", "1");
  const { total } = await listTasks(counting);
  return total === 0 ? null : { query: body, total };
}
