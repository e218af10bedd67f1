import { pauseText } from "../../domain/settings.js";
import { resume } from "../../operations/workspace.js";
import type { CommandContext } from "../context.js";
import { oneLine } from "../text.js";

export async function run(context: CommandContext): Promise<undefined> {
  const { out, args } = context;
  const session = await context.session();
  const { resumed, held } = await resume(session, [...new Set(args)]);
  out.item(resumed, {
    id: (pauses) => pauses.map(({ role }) => role ?? "").join("\n"),
    text: (pauses) => pauses.map(({ role }) => `${role ?? "everything"} goes on`).join("\n") || notPaused(args),
  });
  const now = Date.parse(session.now());
  for (const pause of held) out.note(`still held back: ${oneLine(pauseText(pause, now))}`);
}

const notPaused = (roles: readonly string[]): string =>
  roles.length === 0 ? "nothing was paused" : `not paused: ${roles.join(", ")}`;
