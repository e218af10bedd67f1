import { z } from "zod";
import { ensureTokens, tokenFile } from "../../server/guard/tokens.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";

const TokenOptions = z.object({ read: z.boolean().default(false) });

export async function run(context: CommandContext): Promise<undefined> {
  const { read } = readOptions(context, TokenOptions);
  const scope = read ? ("read" as const) : ("operate" as const);
  const token = (await ensureTokens())[scope];
  context.out.item({ token, scope, file: tokenFile() }, { id: (shown) => shown.token, text: (shown) => shown.token });
}
