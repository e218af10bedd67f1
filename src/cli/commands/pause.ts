import { z } from "zod";
import { pauseText } from "../../domain/settings.js";
import { pause } from "../../operations/workspace.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import { person } from "../person.js";
import { oneLine } from "../text.js";

const PauseOptions = z.object({ reason: z.string().max(1_000).optional() });

export async function run(context: CommandContext): Promise<undefined> {
  const { reason = null } = readOptions(context, PauseOptions);
  const session = await context.session();
  const paused = await pause(session, [...new Set(context.args)], person(), reason);
  const now = Date.parse(session.now());
  context.out.item(paused, {
    id: (pauses) => pauses.map(({ role }) => role ?? "").join("\n"),
    text: (pauses) =>
      pauses.map((each) => `${oneLine(pauseText(each, now))}: running work goes on, nothing new is claimed`).join("\n"),
  });
}
