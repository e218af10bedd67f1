import { z } from "zod";
import { isTerminal } from "../../domain/task.js";
import { MjError } from "../../errors.js";
import { type LogLine, type LogReader, readLog } from "../../nats/logs.js";
import type { Session } from "../../nats/session.js";
import { getTask } from "../../operations/tasks.js";
import { waitForTasks } from "../../operations/wait.js";
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
    await followLog(context, session, id, print);
  } else if (out.json) {
    const lines: LogLine[] = [];
    await readStored(session, id, (line) => void lines.push(line));
    out.item(lines.filter(isWanted), { text: () => "" });
    return;
  } else {
    await readStored(session, id, print);
  }
  if (printer.printed > 0 || out.json) return;
  const more = isTerminal(task.status) || follow ? "" : `: mjagent logs ${id} -f waits for it`;
  const what = `no log${attempt === undefined ? "" : ` of attempt ${attempt}`}${isTerminal(task.status) ? "" : " yet"}`;
  out.note(`task ${id} is ${statusWords(task.status)} and has ${what}${more}`);
}

/** Prints what comes until the task has ended, then what is left. */
async function followLog(
  { signal }: CommandContext,
  session: Session,
  id: string,
  onLine: (line: LogLine) => void,
): Promise<void> {
  const ended = new AbortController();
  let last = 0;
  const take = (line: LogLine, seq: number): void => {
    last = seq;
    onLine(line);
  };
  readLog(session, id, { onLine: take, signal: ended.signal });
  try {
    await waitForTasks(session, [id], null, signal);
  } finally {
    ended.abort();
  }
  if (signal.aborted) return;
  // An attempt stores its log before it ends, so now everything is there, though we need not have seen it yet.
  await readStored(session, id, onLine, last + 1);
}

/** Reads what there is of a log now. */
async function readStored(session: Session, id: string, onLine: LogReader["onLine"], from?: number): Promise<void> {
  const done = new AbortController();
  await new Promise<void>((resolve) => {
    readLog(session, id, { onLine, onCaughtUp: resolve, signal: done.signal, ...(from !== undefined && { from }) });
  }).finally(() => done.abort());
}
