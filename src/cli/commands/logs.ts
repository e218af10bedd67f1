import { z } from "zod";
import { isTerminal } from "../../domain/task.js";
import { MjError } from "../../errors.js";
import type { LogLine } from "../../nats/logs.js";
import { followTaskLog, readTaskLog } from "../../operations/logs.js";
import { getTask } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { LogPrinter } from "../log-view.js";
import { readOptions, WholeNumber } from "../options.js";
import { statusWords } from "../task-view.js";

const LogsOptions = z.object({
  follow: z.boolean().default(false),
  raw: z.boolean().default(false),
  attempt: WholeNumber.optional(),
});

export async function run(context: CommandContext): Promise<undefined> {
  const { follow, raw, attempt } = readOptions(context, LogsOptions);
  const { out, args } = context;
  if (raw && out.json) {
    throw new MjError("usage", "--raw and --json exclude one another", {
      hint: "--json has each line as it is, and what is shown of it",
    });
  }
  const id = args[0] ?? "";
  const session = await context.session();
  const task = await getTask(session, id);
  const isWanted = (line: LogLine): boolean => attempt === undefined || line.attempt === attempt;
  const printer = new LogPrinter(out, raw);
  const print = (line: LogLine): void => {
    if (isWanted(line)) printer.print(line);
  };
  if (follow) {
    await followTaskLog(session, id, { onLine: print, signal: context.signal });
  } else if (out.json) {
    const lines: LogLine[] = [];
    await readTaskLog(session, id, (line) => void lines.push(line));
    out.item(lines.filter(isWanted), { text: () => "" });
    return;
  } else {
    await readTaskLog(session, id, print);
  }
  if (printer.printed > 0 || out.json) return;
  const more = isTerminal(task.status) || follow ? "" : `: mjagent logs ${id} -f waits for it`;
  const what = `no log${attempt === undefined ? "" : ` of attempt ${attempt}`}${isTerminal(task.status) ? "" : " yet"}`;
  out.note(`task ${id} is ${statusWords(task.status)} and has ${what}${more}`);
}
