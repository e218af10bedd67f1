import { listTasks } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { WholeNumber, readOptions } from "../options.js";
import { FilterOptions, printTasks } from "../task-list.js";

const ListOptions = FilterOptions.extend({ limit: WholeNumber.optional() });

export async function run(context: CommandContext): Promise<undefined> {
  const { limit, ...filter } = readOptions(context, ListOptions);
  const session = await context.session();
  const found = await listTasks(session, filter);
  const filtered = Object.values(filter).some((value) => value !== undefined);
  printTasks(context.out, found, {
    limit,
    empty: filtered ? "no such tasks" : 'no tasks yet: mjagent publish --title "…" --type design',
    seeAll: `--limit ${found.length}`,
    now: session.now(),
  });
}
