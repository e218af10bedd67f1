import { currentRouting } from "../../operations/snapshot.js";
import { approveTask } from "../../operations/tasks.js";
import type { CommandContext } from "../context.js";
import { steer } from "../steer.js";
import { statusWords } from "../task-view.js";
import { changedText } from "../why-view.js";

export async function run(context: CommandContext): Promise<number | undefined> {
  return await steer(context, {
    verb: "approve",
    act: approveTask,
    text: async (session) => {
      const routing = await currentRouting(session);
      return (task) =>
        changedText(`${task.task_id} approved, ${statusWords(task.status)}`, task, routing, context.out.width);
    },
  });
}
