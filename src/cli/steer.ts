import { STEERING, type Verb } from "../domain/steering.js";
import type { TaskFilter } from "../domain/task-filter.js";
import type { TaskRecord } from "../domain/task.js";
import { MjError } from "../errors.js";
import type { Session } from "../nats/session.js";
import { type BulkOutcome, forEachTask } from "../operations/bulk.js";
import { listTasks } from "../operations/tasks.js";
import type { CommandContext } from "./context.js";
import { exitCodeOf, reportOf } from "./errors.js";
import { person } from "./person.js";
import { either, readSteerInput } from "./steer-input.js";
import { printTasks } from "./task-list.js";

/** A verb that changes tasks one by one. */
export interface Steering<T extends TaskRecord> {
  verb: Verb;
  /** Does it to one task. @param only with `--all`: what the tasks that are meant have in common */
  act: (session: Session, taskId: string, by: string, reason: string | null, only?: TaskFilter) => Promise<T>;
  /** Waits for what is still under way when every record says so. */
  settle?: (signal: AbortSignal) => Promise<void>;
  /** What it came to, for people, of one task. Escaped. */
  text: (session: Session) => ((task: T) => string) | Promise<(task: T) => string>;
  /** What is to be said of many besides their count. */
  remark?: (tasks: readonly T[]) => string;
}

/** Of more tasks than that, people get a line for all instead of one for each. */
const SHOWN = 10;

/**
 * Does the verb to each of the command's ids, or with `--all` to every task that is meant: what worked is printed, each
 * failure is reported by itself. Ctrl-C leaves those that were not tried yet as they are, and says how many.
 * @returns the exit code of the first failure
 */
export async function steer<T extends TaskRecord>(
  context: CommandContext,
  steering: Steering<T>,
): Promise<number | undefined> {
  const { out } = context;
  const { verb, act } = steering;
  const { tasks, reason, dryRun } = readSteerInput(context, verb);
  const session = await context.session();
  const only = "filter" in tasks ? tasks.filter : undefined;
  // The oldest first, as they were published.
  const found = only && (await listTasks(session, only)).reverse();
  const none = only && `nothing to ${verb}: no ${hasMore(only) ? "such task" : "task"} is ${either(only.status)}`;
  if (found && (dryRun || found.length === 0)) {
    printTasks(out, found, { empty: none ?? "", seeAll: "-q or --json", now: session.now() });
    if (found.length > 0 && !out.json) {
      const of = `of ${session.workspace.id} at ${session.url}`;
      out.note(`dry run: ${counted(found.length)} ${of} would be ${STEERING[verb]}, none was`);
    }
    return undefined;
  }
  const ids = found?.map(({ task_id }) => task_id) ?? ("ids" in tasks ? tasks.ids : []);
  // Read no earlier: until here, Ctrl-C ends the process.
  const { signal } = context;
  const outcome = await forEachTask(ids, signal, (id) => act(session, id, person(), reason, only));
  await steering.settle?.(signal);
  await print(context, session, steering, outcome);
  return report(context, steering, outcome);
}

const hasMore = ({ type, agent, error }: TaskFilter): boolean =>
  [type, agent, error].some((each) => each !== undefined);

const counted = (count: number): string => `${count} ${count === 1 ? "task" : "tasks"}`;

async function print<T extends TaskRecord>(
  { out }: CommandContext,
  session: Session,
  { verb, text, remark }: Steering<T>,
  { done, failed, untried }: BulkOutcome<T>,
): Promise<void> {
  const many = done.length + failed.length + untried > SHOWN;
  if (done.length === 0 && !out.json && !many) return;
  const lineOf = many || out.json || out.quiet ? undefined : await text(session);
  const notDone = failed.length === 0 ? "" : `, ${failed.length} could not be`;
  out.item(done, {
    id: (tasks) => tasks.map((task) => task.task_id).join("\n"),
    text: (tasks) =>
      lineOf
        ? tasks.map(lineOf).join("\n")
        : `${counted(tasks.length)} ${STEERING[verb]}${notDone}${remark?.(tasks) ?? ""}`,
  });
}

/** Says on stderr what could not be done, and what was not tried. */
function report<T>(
  { out, options }: CommandContext,
  { verb }: { verb: Verb },
  { done, failed, untried }: BulkOutcome<T>,
): number | undefined {
  const write = (error: unknown): string =>
    reportOf(error, { json: out.json, debug: options["debug"] === true, red: out.noteStyle.red });
  // Of a server that does not answer, many tell the same.
  const reports = [...new Set(failed.map(write))];
  const shown = out.json ? reports : reports.slice(0, SHOWN);
  for (const text of shown) process.stderr.write(`${text}\n`);
  if (reports.length > shown.length) out.note(`and ${reports.length - shown.length} more that could not be`);
  if (untried > 0) {
    const all = done.length + failed.length + untried;
    const stopped = new MjError("failure", `stopped: ${done.length} of ${all} tasks ${STEERING[verb]}`, {
      why: failed.length > 0 ? undefined : "interrupted",
      hint: `${untried} were not tried and are as they were: the same command goes on with them`,
      retryable: true,
    });
    process.stderr.write(`${write(stopped)}\n`);
  }
  return failed.length === 0 ? undefined : exitCodeOf(failed[0]);
}
