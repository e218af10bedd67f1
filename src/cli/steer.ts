import type { TaskRecord } from "../domain/task.js";
import type { Session } from "../nats/session.js";
import type { CommandContext } from "./context.js";
import { exitCodeOf, reportOf } from "./errors.js";

/** A verb that changes tasks one by one. */
export interface Steering<T extends TaskRecord> {
  act: (session: Session, taskId: string) => Promise<T>;
  /** What it came to, for people. Escaped. */
  text: (task: T) => string;
}

/**
 * Tries the verb on each of the command's ids: what worked is printed, each failure is reported by itself.
 * @returns the exit code of the first failure
 */
export async function steer<T extends TaskRecord>(
  context: CommandContext,
  { act, text }: Steering<T>,
): Promise<number | undefined> {
  const { out, args, options } = context;
  const session = await context.session();
  const results = await Promise.allSettled([...new Set(args)].map((id) => act(session, id)));
  const changed = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (changed.length > 0 || out.json) {
    out.item(changed, {
      id: (tasks) => tasks.map((task) => task.task_id).join("\n"),
      text: (tasks) => tasks.map(text).join("\n"),
    });
  }
  const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  for (const error of failed) {
    const report = { json: out.json, debug: options["debug"] === true, red: out.noteStyle.red };
    process.stderr.write(`${reportOf(error, report)}\n`);
  }
  return failed.length === 0 ? undefined : exitCodeOf(failed[0]);
}
