import { z } from "zod";
import { isTerminal } from "../../domain/task.js";
import { type LogLine, readLog } from "../../nats/logs.js";
import type { Session } from "../../nats/session.js";
import { getTask } from "../../operations/tasks.js";
import { waitForTasks } from "../../operations/wait.js";
import type { CommandContext } from "../context.js";
import { LogPrinter } from "../log-view.js";
import { readOptions } from "../options.js";
import { statusWords } from "../task-view.js";

const LogsOptions = z.object({ follow: z.boolean().default(false) });

export async function run(context: CommandContext): Promise<undefined> {
  const { follow } = readOptions(context, LogsOptions);
  const { out, args } = context;
  const id = args[0] ?? "";
  const session = await context.session();
  const task = await getTask(session, id);
  const printer = new LogPrinter(out);
  if (follow) {
    await followLog(context, session, id, printer);
  } else if (out.json) {
    const lines: LogLine[] = [];
    await readStored(session, id, (line) => void lines.push(line));
    out.item(lines, { text: () => "" });
    return;
  } else {
    await readStored(session, id, (line) => printer.print(line));
  }
  if (printer.printed > 0 || out.json) return;
  const more = isTerminal(task.status) || follow ? "" : `: mjagent logs ${id} -f waits for it`;
  out.note(`task ${id} is ${statusWords(task.status)} and has no log${isTerminal(task.status) ? "" : " yet"}${more}`);
}

/** Prints what comes until the task has ended, then what is left. */
async function followLog({ signal }: CommandContext, session: Session, id: string, printer: LogPrinter): Promise<void> {
  const ended = new AbortController();
  readLog(session, id, { onLine: (line) => printer.print(line), signal: ended.signal });
  try {
    await waitForTasks(session, [id], null, signal);
  } finally {
    ended.abort();
  }
  if (signal.aborted) return;
  // An attempt stores its log before it ends, so now everything is there, though we need not have seen it yet.
  let skip = printer.printed;
  await readStored(session, id, (line) => {
    if (skip > 0) skip--;
    else printer.print(line);
  });
}

/** Reads what there is of a log now. */
async function readStored(session: Session, id: string, onLine: (line: LogLine) => void): Promise<void> {
  const done = new AbortController();
  await new Promise<void>((resolve) => {
    readLog(session, id, { onLine, onCaughtUp: resolve, signal: done.signal });
  }).finally(() => done.abort());
}
