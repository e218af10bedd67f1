import { z } from "zod";
import type { HistoryEntry } from "../../domain/history.js";
import { history, taskHistory } from "../../operations/history.js";
import type { CommandContext } from "../context.js";
import { historyColumns } from "../history-view.js";
import { PastMoment, shortTime } from "../moment.js";
import { WholeNumber, readOptions } from "../options.js";

const HistoryOptions = z.object({ since: PastMoment.optional(), limit: WholeNumber.optional() });

/** What a person wants to see at once; programs get everything. */
const SHOWN = 50;

export async function run(context: CommandContext): Promise<undefined> {
  const { since, limit } = readOptions(context, HistoryOptions);
  const { out, args } = context;
  const [id] = args;
  const forPeople = out.isTTY && !out.json && !out.quiet;
  const most = limit ?? (forPeople ? SHOWN : undefined);
  const query = { ...(since && { since }), ...(most !== undefined && { limit: most }) };
  const session = await context.session();
  const { entries, left_out } = await (id === undefined ? history(session, query) : taskHistory(session, id, query));
  const now = Date.now();
  out.list<HistoryEntry>(out.quiet ? firstOfEachTask(entries) : entries, {
    id: ({ task_id }) => task_id ?? "",
    empty: since ? `nothing happened since ${shortTime(since.toISOString(), now)}` : "nothing has happened yet",
    columns: (style) => historyColumns(style, out.isTTY ? now : null),
  });
  if (left_out > 0 && !out.json)
    out.note(`and ${left_out} before: --limit ${entries.length + left_out} shows them all`);
}

/** For `-q`: each id once. */
function firstOfEachTask(entries: readonly HistoryEntry[]): HistoryEntry[] {
  const seen = new Set<string | null>([null]);
  return entries.filter(({ task_id }) => !seen.has(task_id) && seen.add(task_id));
}
