import { execa } from "execa";
import { z } from "zod";
import { MjError } from "../../errors.js";
import { findDiff, readDiff, type TaskDiff } from "../../operations/diff.js";
import { getTask } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";

const DiffOptions = z.object({ stat: z.boolean().default(false) });

export async function run(context: CommandContext): Promise<undefined> {
  const { stat } = readOptions(context, DiffOptions);
  const { out, args } = context;
  const session = await context.session();
  const task = await getTask(session, args[0] ?? "");
  const { task_id } = task;
  const cwd = process.cwd();
  if (out.json || out.quiet) {
    const { diff, ...of } = await readDiff(session, task, cwd);
    out.item(stat ? of : { ...of, diff }, { id: () => task_id, text: () => "" });
    return;
  }
  const found = await findDiff(session, task, cwd);
  if (found === null || found.base === found.commit) {
    out.note(`task ${task_id} has changed nothing${found ? " so far" : ""}`);
    return;
  }
  if (task.status === "in_progress") out.note(`task ${task_id} is running: what it has not committed is not shown`);
  await show(context, found, stat);
}

/** By git itself, with its colours, its pager and whatever else the person has set for it. */
async function show({ out, options }: CommandContext, { base, commit }: TaskDiff, stat: boolean): Promise<void> {
  const color = typeof options["color"] === "boolean" || (out.isTTY && out.style.level === 0);
  const git = [
    "diff",
    ...(color ? [`--color=${out.style.level > 0 ? "always" : "never"}`] : []),
    ...(stat ? ["--stat"] : []),
  ];
  const shown = await execa("git", [...git, base, commit], { stdio: "inherit", reject: false });
  if (shown.failed && shown.signal === undefined) throw new MjError("failure", "git could not show the difference");
}
