import { z } from "zod";
import { MjError } from "../../errors.js";
import { urlOf } from "../../server/guard/hosts.js";
import { linkOf } from "../../server/guard/signing.js";
import { readTokens } from "../../server/guard/tokens.js";
import type { CommandContext } from "../context.js";
import { DEFAULT_PORT, PortNumber, readOptions } from "../options.js";

const LinkOptions = z.object({ port: PortNumber.default(DEFAULT_PORT), host: z.string().min(1).default("127.0.0.1") });

export async function run(context: CommandContext): Promise<undefined> {
  const { host, port } = readOptions(context, LinkOptions);
  const tokens = await readTokens();
  if (!tokens) throw new MjError("not_found", "no coordinator was ever started here", { hint: "mjagent serve" });
  const link = linkOf(urlOf({ host, port }), tokens.operate, port, Date.now());
  context.out.item({ link }, { id: (shown) => shown.link, text: (shown) => shown.link });
}
