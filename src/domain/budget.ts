import { z } from "zod";
import { timeText } from "./duration.js";
import type { RoleRegistration } from "./role.js";
import type { Tally } from "./tally.js";
import type { TaskRecord } from "./task.js";
import { countText, tokensOf, type Usage, type UsageEntry, usdText } from "./usage.js";

/** What a role, or the workspace, may use up within a period. */
export const Budget = z
  .strictObject({
    usd: z.number().positive().max(1e9).optional(),
    /** Input and output together. */
    tokens: z.int().positive().optional(),
    per: z.enum(["day", "week", "task"]).default("day"),
    /** What runs is stopped, too, when it is used up. */
    hard: z.boolean().default(false),
  })
  .refine(({ usd, tokens }) => usd !== undefined || tokens !== undefined, {
    error: "a budget needs usd, tokens or both, such as { usd: 5, per: day }",
  });
export type Budget = z.output<typeof Budget>;

/** An amount of both kinds. */
export interface Amount {
  usd: number;
  tokens: number;
}

/** An amount of each kind that is limited; null: that kind is not. */
type Limit = { [Kind in keyof Amount]: number | null };

/** What a person adds to a budget, for one period. */
export const Raise = z.object({
  period: z.string(),
  usd: z.number().nonnegative(),
  tokens: z.number().nonnegative(),
  by: z.string(),
  at: z.string(),
  reason: z.string().nullable(),
});
export type Raise = z.output<typeof Raise>;

/** A UTC day, or an ISO week: Monday to Sunday, UTC. */
export interface Period {
  /** `2030-01-31` or `2030-W05`. */
  id: string;
  /** When the next one begins, ISO. */
  until: string;
  /** The days that belong to it. */
  days: string[];
}

const DAY_MS = 86_400_000;

const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** When the ISO week of a moment began. @param now epoch ms */
export function weekStart(now: number): number {
  const day = Math.floor(now / DAY_MS);
  // The first day of all was a Thursday.
  return (day - ((day + 3) % 7)) * DAY_MS;
}

/** @param now epoch ms */
export function periodOf(per: "day" | "week", now: number): Period {
  if (per === "day") {
    const start = Math.floor(now / DAY_MS) * DAY_MS;
    return { id: isoDay(start), until: new Date(start + DAY_MS).toISOString(), days: [isoDay(start)] };
  }
  const start = weekStart(now);
  // A week belongs to the year of its Thursday.
  const thursday = new Date(start + 3 * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7);
  return {
    id: `${year}-W${String(week).padStart(2, "0")}`,
    until: new Date(start + 7 * DAY_MS).toISOString(),
    days: Array.from({ length: 7 }, (_, day) => isoDay(start + day * DAY_MS)),
  };
}

/** Who a budget is for: a role; null: all of the workspace together. */
export interface Budgeted {
  role: string | null;
  budget: Budget;
}

/** All budgets there are, that of the workspace first. */
export function budgetedOf(
  budget: Budget | null,
  roles: readonly Pick<RoleRegistration, "name" | "budget">[],
): Budgeted[] {
  const own = roles.flatMap(({ name, budget }) => (budget ? [{ role: name, budget }] : []));
  own.sort((a, b) => a.role.localeCompare(b.role));
  return budget ? [{ role: null, budget }, ...own] : own;
}

type BudgetState = "ok" | "warning" | "reached";

/** How a budget stands. Of one per task, which stands otherwise for each, period, spent and percent are null. */
export interface BudgetStanding extends Pick<Budget, "per" | "hard"> {
  role: string | null;
  period: string | null;
  /** When it begins anew, ISO. */
  until: string | null;
  spent: Amount | null;
  /** With what it was raised by. */
  limit: Limit;
  /** Of the limit that is nearest. */
  percent: number | null;
  state: BudgetState;
  raise: Raise | null;
}

const WARNING_PERCENT = 80;

const limitOf = ({ usd, tokens }: Budget): Limit => ({ usd: usd ?? null, tokens: tokens ?? null });

/** How much of a limit is used, in whole percent, of the kind that is nearest to it. */
function percentOf(spent: Amount, limit: Limit): number {
  const share = (used: number, of: number | null): number => (of === null ? 0 : Math.floor((used / of) * 100 + 1e-9));
  return Math.max(share(spent.usd, limit.usd), share(spent.tokens, limit.tokens));
}

const stateOf = (percent: number): BudgetState =>
  percent >= 100 ? "reached" : percent >= WARNING_PERCENT ? "warning" : "ok";

/** How a budget stands. @param raiseOf what it was raised by in a period @param now epoch ms */
export function standingOf(
  { role, budget }: Budgeted,
  tally: Pick<Tally, "spent">,
  raiseOf: (role: string | null, period: string) => Raise | undefined,
  now: number,
): BudgetStanding {
  const { per, hard } = budget;
  const limit = limitOf(budget);
  if (per === "task") {
    const none = { period: null, until: null, spent: null, percent: null, raise: null };
    return { role, per, hard, limit, ...none, state: "ok" };
  }
  const { id: period, until, days } = periodOf(per, now);
  const raise = raiseOf(role, period) ?? null;
  if (raise && limit.usd !== null) limit.usd += raise.usd;
  if (raise && limit.tokens !== null) limit.tokens += raise.tokens;
  const spent = tally.spent(role, days);
  const percent = percentOf(spent, limit);
  return { role, per, hard, period, until, spent, limit, percent, state: stateOf(percent), raise };
}

/** The budget that keeps a role from claiming; undefined when none does. */
export const reachedFor = (standings: readonly BudgetStanding[], role: string): BudgetStanding | undefined =>
  standings.find((each) => each.state === "reached" && (each.role === null || each.role === role));

/** What a task's attempts have used since a person last had it retried: that begins a new allowance. */
export function spentOnTask(entries: readonly UsageEntry[], { steered }: Pick<TaskRecord, "steered">): Amount {
  const since = steered?.action === "retried" ? steered.at : "";
  const counted = entries.filter(({ event, started_at }) => event === null && started_at >= since);
  return counted.reduce((sum, entry) => addTo(sum, entry), { usd: 0, tokens: 0 });
}

export const addTo = ({ usd, tokens }: Amount, used: Usage): Amount => ({
  usd: usd + (used.cost_usd ?? 0),
  tokens: tokens + tokensOf(used),
});

/** The budget per task that is used up by this much; undefined when none is. */
export const usedUp = (budgets: readonly Budgeted[], spent: Amount): Budgeted | undefined =>
  budgets.find(({ budget }) => percentOf(spent, limitOf(budget)) >= 100);

export const ownerText = (role: string | null): string => role ?? "the workspace";

const PERIOD_TEXT = { day: "a day", week: "a week", task: "a task" } as const;

/** `5.00 USD and 1,000 tokens a day`. */
export const limitText = ({ limit, per }: Pick<BudgetStanding, "limit" | "per">): string => {
  const usd = limit.usd === null ? [] : [`${usdText(limit.usd)} USD`];
  const tokens = limit.tokens === null ? [] : [`${countText(limit.tokens)} tokens`];
  return `${[...usd, ...tokens].join(" and ")} ${PERIOD_TEXT[per]}`;
};

/** `4.10 of 5.00 USD`, with a comma to the tokens where those are limited, too. */
export function spentText({ spent, limit }: Pick<BudgetStanding, "spent" | "limit">): string {
  const usd = limit.usd === null ? [] : [`${usdText(spent?.usd ?? 0)} of ${usdText(limit.usd)} USD`];
  const tokens = limit.tokens === null ? [] : [`${countText(spent?.tokens ?? 0)} of ${countText(limit.tokens)} tokens`];
  return [...usd, ...tokens].join(", ");
}

const THIS = { day: "today", week: "this week", task: "this task" } as const;

/** How much of it is used, short: `82% today: 4.10 of 5.00 USD`. */
export const usedText = (standing: BudgetStanding): string =>
  `${standing.percent ?? 0}% ${THIS[standing.per]}: ${spentText(standing)}`;

/** A sentence without its end: `debbie has used 82% of today's budget (4.10 of 5.00 USD)`. */
export const standingText = (standing: BudgetStanding): string =>
  `${ownerText(standing.role)} has used ${standing.percent ?? 0}% of ${THIS[standing.per]}'s budget (${spentText(standing)})`;

/** What people are told at 80 and at 100 %. */
export const standingNews = (standing: BudgetStanding): string =>
  standing.state === "reached"
    ? `${standingText(standing)}: nothing new is claimed until ${timeText(standing.until ?? "")}, or ${raiseCommand(standing)}`
    : standingText(standing);

/** What a person does about it. */
export const raiseCommand = ({ role, limit }: Pick<BudgetStanding, "role" | "limit">): string =>
  `mjagent budget raise ${role ?? "--workspace-budget"} ${limit.usd === null ? "--tokens" : "--usd"} N`;

/** Why an attempt ends, or its task is not tried again. */
export const taskBudgetText = ({ role, budget }: Budgeted): string =>
  `the budget of ${ownerText(role)} is used up: ${limitText({ limit: limitOf(budget), per: "task" })}`;
