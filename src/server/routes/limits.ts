import { z } from "zod";
import type { Amount, BudgetStanding } from "../../domain/budget.js";
import type { Lock } from "../../domain/locks.js";
import { GROUPINGS, usageBy, type UsageRow } from "../../domain/usage.js";
import { listBudgets, raiseBudget } from "../../operations/budgets.js";
import { listLocks } from "../../operations/locks.js";
import { usageSince } from "../../operations/usage.js";
import { resumeAccount } from "../../operations/workspace.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { answer, number, optionalNumber, optionalText, texts } from "../schemas/answer.js";

const tags = ["limits"];

const DAY_MS = 86_400_000;
const USAGE_DAYS = 30;

const UsageQuery = z.strictObject({
  by: z.enum(GROUPINGS).default("agent"),
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: `default: the last ${USAGE_DAYS} days` }),
});
const Usage = z.array(
  answer<UsageRow>({
    ...{ name: optionalText, attempts: number, without_cost: number },
    ...{ input_tokens: optionalNumber, output_tokens: optionalNumber, cost_usd: optionalNumber },
  }),
);
const Limit = z.object({ usd: optionalNumber, tokens: optionalNumber });
const Budget = answer<BudgetStanding>({
  role: optionalText.meta({ description: "null: of the workspace" }),
  per: z.enum(["day", "week", "task"]),
  hard: z.boolean(),
  ...{ period: optionalText, until: optionalText, limit: Limit, percent: optionalNumber },
  spent: z.object({ usd: number, tokens: number }).nullable(),
  state: z.enum(["ok", "warning", "reached"]),
}).meta({ id: "Budget" });
const Raise = z
  .strictObject({
    role: z.string().min(1).max(64).nullable().meta({ description: "null: the budget of the workspace" }),
    usd: z.number().positive().max(1e9).optional(),
    tokens: z.int().positive().max(1e12).optional(),
    reason: z.string().max(1_000).nullish(),
  })
  .refine(({ usd, tokens }) => usd !== undefined || tokens !== undefined, { error: "say by how much: usd or tokens" });
const Locks = z.array(
  answer<Lock>({ task_id: z.string(), files: texts, role: optionalText, agent_id: optionalText, since: optionalText }),
);
const OneAccount = z.strictObject({ account: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

/** What holds work back: budgets, providers, files. */
export function addLimits(app: Api, coordinator: Coordinator): void {
  const { session, person } = coordinator;
  app.get(
    "/api/usage",
    { schema: { tags, summary: "Tokens and money", querystring: UsageQuery, response: { 200: Usage } } },
    async ({ query: { by, since } }) => {
      needNats(coordinator);
      const from = since === undefined ? Date.parse(session.now()) - USAGE_DAYS * DAY_MS : Date.parse(since);
      return usageBy(await usageSince(session, new Date(from)), by);
    },
  );
  app.get(
    "/api/budgets",
    { schema: { tags, summary: "How budgets stand", response: { 200: z.array(Budget) } } },
    async () => {
      needNats(coordinator);
      return [...(await listBudgets(session))];
    },
  );
  app.post(
    "/api/budgets/raise",
    { schema: { tags, summary: "Add to a budget for this period", body: Raise, response: { 200: Budget } } },
    async ({ body: { role, usd, tokens, reason = null } }) => {
      needNats(coordinator);
      const more: Partial<Amount> = { ...(usd !== undefined && { usd }), ...(tokens !== undefined && { tokens }) };
      return await raiseBudget(session, role, more, { by: person, reason });
    },
  );
  app.get(
    "/api/locks",
    { schema: { tags, summary: "Tasks that hold files, and who waits for them", response: { 200: Locks } } },
    async () => {
      needNats(coordinator);
      return await listLocks(session);
    },
  );
  app.post(
    "/api/accounts/:account/resume",
    {
      schema: {
        tags,
        summary: "Claim with an account again that its provider refused",
        params: OneAccount,
        body: z.strictObject({}),
        response: { 200: OneAccount },
      },
    },
    async ({ params: { account } }) => {
      needNats(coordinator);
      await resumeAccount(session, account);
      return { account };
    },
  );
}
