import { z } from "zod";
import { Duration } from "../../domain/duration-schema.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import { printOutcomes, waitAndTell, waitError } from "../waiting.js";

const WaitOptions = z.object({ timeout: Duration.optional() });

export async function run(context: CommandContext): Promise<undefined> {
  const { timeout = null } = readOptions(context, WaitOptions);
  const session = await context.session();
  const waited = await waitAndTell(context, session, [...new Set(context.args)], timeout);
  printOutcomes(context, waited.records);
  const error = waitError(waited, timeout);
  if (error) throw error;
}
