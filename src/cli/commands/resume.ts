import { z } from "zod";
import { pauseText } from "../../domain/settings.js";
import { MjError } from "../../errors.js";
import { resume, resumeAccount } from "../../operations/workspace.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import { oneLine } from "../text.js";

const Options = z.object({
  account: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "expected an account as mjagent status names it" })
    .optional(),
});

export async function run(context: CommandContext): Promise<undefined> {
  const { out, args } = context;
  const { account } = readOptions(context, Options);
  if (account !== undefined && args.length > 0) {
    throw new MjError("usage", "give roles or --account, not both", {
      hint: "an account's limit holds back whatever roles work with it",
    });
  }
  const session = await context.session();
  if (account !== undefined) {
    await resumeAccount(session, account);
    out.item({ account }, { id: () => account, text: () => `tasks are claimed with ${account} again` });
    return;
  }
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
