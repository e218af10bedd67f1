import { z } from "zod";
import { STATUSES, type TaskRecord } from "../../domain/task.js";
import { listTasks } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { Limit, readOptions } from "../options.js";
import { agentOf, ageText, statusStyle } from "../task-view.js";

/** `--status failed,cancelled` and `--status in-progress` are as good as the exact words. */
const statuses = z.preprocess(
  (value) =>
    Array.isArray(value)
      ? value
          .flatMap((text) => String(text).toLowerCase().replaceAll("-", "_").split(","))
          .filter((text) => text !== "")
      : value,
  z.array(z.enum(STATUSES)).optional(),
);

const ListOptions = z.object({
  status: statuses,
  type: z.string().optional(),
  agent: z.string().optional(),
  limit: Limit.optional(),
});

/** What a person wants to see at once; programs get everything. */
const SHOWN = 50;

export async function run(context: CommandContext): Promise<undefined> {
  const { limit, ...filter } = readOptions(context, ListOptions);
  const { out } = context;
  const session = await context.session();
  const found = await listTasks(session, given(filter));
  const forPeople = out.isTTY && !out.json && !out.quiet;
  const rows = found.slice(0, limit ?? (forPeople ? SHOWN : undefined));
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const now = Date.parse(session.now());
  out.list<TaskRecord>(rows, {
    id: (task) => task.task_id,
    empty: filtered ? "no such tasks" : 'no tasks yet: mjagent publish --title "…" --type design',
    columns: (style) => [
      { title: "ID", value: (task) => task.task_id },
      { title: "STATUS", value: (task) => task.status, style: (text, task) => statusStyle(style, task.status)(text) },
      { title: "PRIORITY", value: (task) => task.priority },
      { title: "TYPE", value: (task) => task.type ?? "-", flexible: true },
      { title: "AGENT", value: (task) => agentOf(task) ?? "-" },
      { title: "AGE", value: (task) => roughAge(now - Date.parse(task.created_at)), align: "right" },
      { title: "TITLE", value: (task) => task.title, flexible: true },
    ],
  });
  const more = found.length - rows.length;
  if (more > 0 && !out.json) out.note(`and ${more} more: --limit ${found.length} shows them all`);
}

/** The largest unit is enough to compare: `12m`, `3h`. */
const roughAge = (ms: number): string => ageText(ms).replace(/ .*/, "");

/** Without the keys whose value is undefined. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
