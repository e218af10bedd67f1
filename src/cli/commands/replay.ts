import { z } from "zod";
import { replayFleet } from "../../operations/history.js";
import type { CommandContext } from "../context.js";
import { PastMoment } from "../moment.js";
import { readOptions } from "../options.js";
import { replayText } from "../replay-view.js";

const ReplayOptions = z.object({ at: PastMoment });

/** `-q` prints the ids of the tasks that were running. */
export async function run(context: CommandContext): Promise<undefined> {
  const { at } = readOptions(context, ReplayOptions);
  const { out } = context;
  const replay = await replayFleet(await context.session(), at);
  const ids = replay.running.map(({ task_id }) => task_id);
  out.item(replay, {
    ...(ids.length > 0 && { id: () => ids.join("\n") }),
    text: (shown, style) => replayText(shown, Date.now(), style, out.width),
  });
}
