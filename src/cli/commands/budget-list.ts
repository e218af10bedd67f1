import type { BudgetStanding } from "../../domain/budget.js";
import { listBudgets } from "../../operations/budgets.js";
import { budgetColumns } from "../budget-view.js";
import type { CommandContext } from "../context.js";

export async function run(context: CommandContext): Promise<undefined> {
  const { out } = context;
  const session = await context.session();
  const now = Date.parse(session.now());
  out.list<BudgetStanding>(await listBudgets(session), {
    id: ({ role }) => role ?? "workspace",
    columns: (style) => budgetColumns(style, now),
    empty: "no budgets yet: budget: { usd: 5, per: day } in a role, or workspace.budget in mjagent.yaml",
  });
}
