import { rejectTask } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { steer } from "../steer.js";
import { oneLine } from "../text.js";

export async function run(context: CommandContext): Promise<number | undefined> {
  return await steer(context, {
    verb: "reject",
    act: rejectTask,
    text: () => (task) => `${task.task_id} cancelled: ${oneLine(task.error?.message ?? "rejected")}`,
  });
}
