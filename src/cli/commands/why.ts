import { isTaskId } from "../../domain/task.js";
import { whyTask } from "../../operations/why.js";
import type { CommandContext } from "../context.js";
import { whyText } from "../why-view.js";

export async function run(context: CommandContext): Promise<undefined> {
  const { out, args } = context;
  const why = await whyTask(await context.session(), args[0] ?? "");
  // Any NATS client may have written what a task waits for.
  const ids = why.held_by.filter(isTaskId);
  out.item(why, {
    ...(ids.length > 0 && { id: () => ids.join("\n") }),
    text: (shown, style) => whyText(shown, style, out.width),
  });
}
