import { broken, type Check, checksText, fine } from "../../domain/check.js";
import { asMjError, EXIT_CODES, MjError } from "../../errors.js";
import { checkAgentsFolder, checkProcess, checkWorkspace, notConnected } from "../../operations/doctor.js";
import { readTokens } from "../../server/guard/tokens.js";
import type { CommandContext } from "../context.js";
import { checksView } from "../doctor-view.js";

/** `mjagent doctor`: what is right here and what is not. Exit code 5 or 4 where NATS is not reached, else 1 when something fails. */
export async function run(context: CommandContext): Promise<number | undefined> {
  const { out } = context;
  const { agentsDir, adapters } = await context.settings();
  const [workspace, ...host] = await Promise.all([
    checkServer(context),
    checkAgentsFolder(agentsDir, adapters),
    checkProcess(),
    checkTokens(),
  ]);
  const checks = [...workspace.checks, ...host.flat()];
  out.item(checks, {
    id: (all) => all.map(({ id }) => id).join("\n"),
    text: (all, style) => checksView(all, style, out.width),
  });
  if (!out.json) out.note(checksText(checks));
  return workspace.code ?? (checks.some(({ status }) => status === "fail") ? EXIT_CODES.failure : undefined);
}

/** What is on this host is looked at without a server, too. */
async function checkServer({ session }: CommandContext): Promise<{ checks: Check[]; code?: number }> {
  try {
    return { checks: await checkWorkspace(await session()) };
  } catch (error) {
    const { code } = asMjError(error);
    if (code === "usage") throw error;
    const checks = [notConnected(error)];
    return code === "unreachable" || code === "auth" ? { checks, code: EXIT_CODES[code] } : { checks };
  }
}

async function checkTokens(): Promise<Check> {
  try {
    const tokens = await readTokens();
    return fine("tokens", tokens ? "nobody else can read the coordinator's tokens" : "no coordinator has run here yet");
  } catch (error) {
    if (!(error instanceof MjError)) throw error;
    return broken("tokens", error.message, { why: error.why ?? null, hint: error.hint ?? null });
  }
}
