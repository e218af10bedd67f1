import { z } from "zod";
import { currentRouting } from "../../operations/snapshot.js";
import { retryTask } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import { person } from "../person.js";
import { steer } from "../steer.js";
import { nextStep, statusWords } from "../task-view.js";

const RetryOptions = z.object({ reason: z.string().optional() });

export async function run(context: CommandContext): Promise<number | undefined> {
  const { reason } = readOptions(context, RetryOptions);
  const routing = await currentRouting(await context.session());
  return await steer(context, {
    act: (session, id) => retryTask(session, id, person(), reason ?? null),
    text: (task) => `${task.task_id} is ${statusWords(task.status)} again: ${nextStep(task, routing)}`,
  });
}
