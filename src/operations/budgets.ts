import { type Amount, type BudgetStanding, ownerText } from "../domain/budget.js";
import { MjError } from "../errors.js";
import type { Session } from "../nats/session.js";
import { writeRaise } from "../nats/usage-ledger.js";
import { currentRouting } from "./snapshot.js";

/** All budgets: of the workspace, and of every role that has run here. */
export async function listBudgets(session: Session): Promise<readonly BudgetStanding[]> {
  return (await currentRouting(session)).settings.budgets ?? [];
}

/**
 * Adds to a budget for what is left of its period.
 * @param role null: that of the workspace
 * @returns how it stands then
 * @throws MjError not_found: there is no such budget; usage: it does not limit that, or begins anew with each task
 */
export async function raiseBudget(
  session: Session,
  role: string | null,
  more: Partial<Amount>,
  { by, reason }: { by: string; reason: string | null },
): Promise<BudgetStanding> {
  const all = await listBudgets(session);
  const standing = all.find((each) => each.role === role);
  if (!standing) throw noBudget(role, all);
  const { period, limit } = standing;
  if (period === null) {
    throw new MjError("usage", `the budget of ${ownerText(role)} is one of each task: there is no period to raise`, {
      hint: "mjagent retry ID gives a task a new one; or change per and the limit in the role",
    });
  }
  for (const kind of ["usd", "tokens"] as const) {
    if (more[kind] === undefined || limit[kind] !== null) continue;
    const other = kind === "usd" ? "tokens" : "usd";
    throw new MjError("usage", `the budget of ${ownerText(role)} has no limit of ${kind}`, {
      hint: `raise what it limits: --${other} N`,
    });
  }
  const { usd = 0, tokens = 0 } = more;
  await writeRaise(session, role, { period, usd, tokens, by, at: session.now(), reason });
  return (await listBudgets(session)).find((each) => each.role === role) ?? standing;
}

function noBudget(role: string | null, all: readonly BudgetStanding[]): MjError {
  const known = all.map((each) => ownerText(each.role)).join(", ");
  return new MjError("not_found", `${role === null ? "the workspace" : `role ${role}`} has no budget`, {
    why: known === "" ? "no role that has run here has one, nor has the workspace" : `there are those of: ${known}`,
    hint:
      role === null
        ? "give it one: workspace.budget in mjagent.yaml, then mjagent run"
        : "give it one: budget in its file, then mjagent run",
  });
}
