import { z } from "zod";
import { rejectTask } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import { person } from "../person.js";
import { steer } from "../steer.js";
import { oneLine } from "../text.js";

const RejectOptions = z.object({ reason: z.string().max(1_000).optional() });

export async function run(context: CommandContext): Promise<number | undefined> {
  const { reason = null } = readOptions(context, RejectOptions);
  return await steer(context, {
    act: (session, id) => rejectTask(session, id, person(), reason),
    text: (task) => `${task.task_id} cancelled: ${oneLine(task.error?.message ?? "rejected")}`,
  });
}
