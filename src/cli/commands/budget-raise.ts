import { z } from "zod";
import { standingText } from "../../domain/budget.js";
import { timeText } from "../../domain/duration.js";
import { MjError } from "../../errors.js";
import { raiseBudget } from "../../operations/budgets.js";
import type { CommandContext } from "../context.js";
import { readOptions, WholeNumber } from "../options.js";
import { person } from "../person.js";
import { oneLine } from "../text.js";

const RaiseOptions = z.object({
  workspaceBudget: z.boolean().default(false),
  usd: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?$/, { error: "expected an amount such as 5 or 0.50" })
    .transform(Number)
    .refine((usd) => usd > 0, { error: "expected more than nothing" })
    .optional(),
  tokens: WholeNumber.optional(),
  reason: z.string().max(1_000).optional(),
});

export async function run(context: CommandContext): Promise<undefined> {
  const { workspaceBudget, usd, tokens, reason = null } = readOptions(context, RaiseOptions);
  const [role, more] = context.args;
  if ((role === undefined) !== workspaceBudget || more !== undefined) {
    throw new MjError("usage", "whose budget?", { hint: "name one role, or give --workspace-budget" });
  }
  if (usd === undefined && tokens === undefined) {
    throw new MjError("usage", "raise it by how much?", { hint: "give --usd N, --tokens N or both" });
  }
  const amount = { ...(usd !== undefined && { usd }), ...(tokens !== undefined && { tokens }) };
  const session = await context.session();
  const standing = await raiseBudget(session, role ?? null, amount, { by: person(), reason });
  context.out.item(standing, {
    id: (each) => each.role ?? "workspace",
    text: (each) => `${oneLine(standingText(each))}; raised until ${timeText(each.until ?? "")}`,
  });
}
