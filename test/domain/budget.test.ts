import { describe, expect, test } from "vitest";
import { heldBy } from "../../src/domain/admission.js";
import {
  Budget,
  type BudgetStanding,
  periodOf,
  type Raise,
  spentOnTask,
  standingNews,
  standingOf,
  usedUp,
} from "../../src/domain/budget.js";
import { withBudget } from "../../src/domain/overspent.js";
import type { AttemptReport } from "../../src/domain/report.js";
import { Tally } from "../../src/domain/tally.js";
import { usageBy, usageKey, type UsageEntry, usageRow } from "../../src/domain/usage.js";
import { settings } from "./records.js";

const entry = (over: Partial<UsageEntry> = {}): UsageEntry => ({
  ...{ role: "debbie", agent_id: "Debbie", adapter: "claude", model: "m1", task_id: "t", title: "T", type: null },
  ...{ event: null, input_tokens: 100, output_tokens: 20, cost_usd: 0.1, final: true },
  ...{ started_at: "2030-01-31T10:00:00.000Z", updated_at: "2030-01-31T10:01:00.000Z" },
  ...over,
});

describe("a budget as it is written", () => {
  test.each([
    [{ usd: 5 }, { usd: 5, per: "day", hard: false }],
    [
      { tokens: 1_000, per: "task", hard: true },
      { tokens: 1_000, per: "task", hard: true },
    ],
    [{ per: "week" }, null],
    [{ usd: 0 }, null],
    [{ tokens: 1.5 }, null],
    [{ usd: 5, per: "month" }, null],
    [{ usd: 5, soft: true }, null],
  ])("%j", (written, read) => expect(Budget.safeParse(written).data ?? null).toEqual(read));
});

test.each([
  ["day", "2030-01-31T23:59:59.999Z", "2030-01-31", "2030-02-01T00:00:00.000Z", 1],
  ["day", "2030-02-01T00:00:00.000Z", "2030-02-01", "2030-02-02T00:00:00.000Z", 1],
  ["week", "2030-01-31T12:00:00.000Z", "2030-W05", "2030-02-04T00:00:00.000Z", 7],
  ["week", "2030-02-03T23:59:59.999Z", "2030-W05", "2030-02-04T00:00:00.000Z", 7],
  ["week", "2030-02-04T00:00:00.000Z", "2030-W06", "2030-02-11T00:00:00.000Z", 7],
  // The last days of a year may belong to the next one's first week, and the first ones to the last of the year before.
  ["week", "2029-12-31T00:00:00.000Z", "2030-W01", "2030-01-07T00:00:00.000Z", 7],
  ["week", "2027-01-03T00:00:00.000Z", "2026-W53", "2027-01-04T00:00:00.000Z", 7],
] as const)("the %s of %s is %s, until %s", (per, at, id, until, days) => {
  const period = periodOf(per, Date.parse(at));
  expect(period).toMatchObject({ id, until });
  expect(period.days).toHaveLength(days);
  expect(period.days).toContain(at.slice(0, 10));
});

describe("how a budget stands", () => {
  const NOW = Date.parse("2030-01-31T12:00:00.000Z");
  const raise: Raise = { period: "2030-01-31", usd: 1, tokens: 0, by: "kim", at: "2030-01-31T11:00:00Z", reason: null };
  const standing = (budget: object, entries: UsageEntry[], raised?: Raise, role: string | null = "debbie") => {
    const tally = new Tally();
    entries.forEach((each, at) => tally.set(usageKey(each.started_at, each.task_id, at), each));
    const raiseOf = (_: string | null, period: string) => (raised?.period === period ? raised : undefined);
    return standingOf({ role, budget: Budget.parse(budget) }, tally, raiseOf, NOW);
  };
  const times = (count: number, over: Partial<UsageEntry> = {}) => Array.from({ length: count }, () => entry(over));

  test.each([
    ["nothing used", { usd: 1 }, [], undefined, 0, "ok"],
    ["just below 80 %", { usd: 1 }, times(7), undefined, 70, "ok"],
    ["80 %", { usd: 1 }, times(8), undefined, 80, "warning"],
    ["cents that are not exact in binary: 100 %", { usd: 0.3 }, times(3), undefined, 100, "reached"],
    ["more", { usd: 1 }, times(15), undefined, 150, "reached"],
    ["raised", { usd: 1 }, times(10), raise, 50, "ok"],
    ["raised on another day", { usd: 1 }, times(10), { ...raise, period: "2030-01-30" }, 100, "reached"],
    ["tokens, of a plan that has no prices", { tokens: 1_200 }, times(9, { cost_usd: null }), undefined, 90, "warning"],
    ["the nearer limit counts", { usd: 100, tokens: 120 }, times(1), undefined, 100, "reached"],
    ["yesterday", { usd: 1 }, times(10, { started_at: "2030-01-30T23:59:59Z" }), undefined, 0, "ok"],
    [
      "this week",
      { usd: 1, per: "week" },
      times(10, { started_at: "2030-01-28T00:00:00Z" }),
      undefined,
      100,
      "reached",
    ],
    ["another role", { usd: 1 }, times(10, { role: "alice" }), undefined, 0, "ok"],
    ["per task", { usd: 1, per: "task" }, times(10), undefined, null, "ok"],
  ] as const)("%s", (_, budget, entries, raised, percent, state) => {
    expect(standing(budget, [...entries], raised)).toMatchObject({ percent, state });
  });

  test("of the workspace: all roles; a running total replaces what it was", () => {
    const tally = new Tally();
    tally.set("2030-01-31.t.1", entry());
    tally.set("2030-01-31.t.1", entry({ cost_usd: 0.2 }));
    tally.set("2030-01-31.u.1", entry({ role: "alice", cost_usd: 0.3 }));
    expect(tally.spent(null, ["2030-01-31"])).toEqual({ usd: 0.5, tokens: 240 });
    tally.drop((key) => key.startsWith("2030-01-31.u"));
    expect(tally.spent(null, ["2030-01-31"])).toEqual({ usd: 0.2, tokens: 120 });
  });

  test.each([
    ["its own", "debbie", "reached", "budget"],
    ["the workspace's", null, "reached", "budget"],
    ["another role's", "alice", "reached", undefined],
    ["one that is not used up", "debbie", "warning", undefined],
  ] as const)("what holds a role: %s", (_, role, state, why) => {
    const budgets = [{ ...standing({ usd: 1 }, []), role, state }];
    const held = heldBy(settings({ budgets }), { name: "debbie", max_running: null }, 0);
    expect(held?.why).toBe(why);
  });

  test("what people are told", () => {
    expect(standingNews(standing({ usd: 1 }, times(8)))).toBe(
      "debbie has used 80% of today's budget (0.80 of 1.00 USD)",
    );
    const all: BudgetStanding = standing({ tokens: 1_000, per: "week" }, times(10), undefined, null);
    expect(standingNews(all)).toBe(
      "the workspace has used 120% of this week's budget (1,200 of 1,000 tokens): nothing new is claimed until 2030-02-04T00:00:00Z, or mjagent budget raise --workspace-budget --tokens N",
    );
  });
});

describe("a budget per task", () => {
  const steered = { action: "retried", by: "kim", reason: null, at: "2030-01-31T11:00:00.000Z" } as const;
  test.each([
    ["all of its attempts", [entry(), entry()], null, 240],
    ["not who only watched it", [entry(), entry({ event: "completed" })], null, 120],
    ["since a person had it retried", [entry(), entry({ started_at: steered.at })], steered, 120],
    ["approving it is no retry", [entry()], { ...steered, action: "approved" as const }, 120],
  ])("%s", (_, entries, by, tokens) => expect(spentOnTask(entries, { steered: by }).tokens).toBe(tokens));

  const fence = { owner: "Debbie", instance_id: "i", epoch: 1 };
  const of = { role: "debbie", budget: Budget.parse({ tokens: 100, per: "task" }) };
  const task = { per: "task", of } as const;
  const failed: AttemptReport = {
    ...{ type: "attempt_failed", fence, reason: "exit", message: "exit 1", retryable: true, delay_ms: 5, result: null },
  };
  const over = "the budget of debbie is used up: 100 tokens a task";

  test("is used up by the last token", () => {
    expect(usedUp([of], { usd: 9, tokens: 99 })).toBeUndefined();
    expect(usedUp([of], { usd: 0, tokens: 100 })).toBe(of);
  });

  test.each([
    ["nothing is used up", failed, null, {}, failed],
    ["completed: it stays so", { type: "completed" }, task, {}, { type: "completed" }],
    ["stopped for it: failed", null, task, { stopped: true }, { reason: "budget", message: `stopped: ${over}` }],
    ["stopped for something else", null, task, {}, null],
    [
      "failed: not tried again",
      failed,
      task,
      {},
      { reason: "budget", retryable: false, message: `exit 1; not tried again: ${over}` },
    ],
    ["failed for the last time: for what it failed", failed, task, { last: true }, failed],
    [
      "stopped for a budget of the day: handed back",
      null,
      { per: "period", text: "so it is" },
      { stopped: true },
      { type: "handed_back", reason: "budget", delay_ms: 0, message: "so it is" },
    ],
    ["failed while that was used up", failed, { per: "period", text: "" }, { stopped: true }, failed],
  ] as const)("%s", (_, report, overspent, how, becomes) => {
    const made = withBudget(report as AttemptReport | null, overspent, { fence, stopped: false, last: false, ...how });
    if (becomes === null) expect(made).toBeNull();
    else expect(made).toMatchObject(becomes);
  });
});

describe("sums of usage", () => {
  const entries = [
    entry(),
    entry({ task_id: "u", title: "U", cost_usd: null, started_at: "2030-01-30T10:00:00Z" }),
    entry({ agent_id: "Alice", model: null, cost_usd: 0.2, input_tokens: null, output_tokens: null }),
  ];
  test.each([
    ["agent", ["Alice", "Debbie"]],
    ["task", ["t", "u"]],
    ["day", ["2030-01-30", "2030-01-31"]],
    ["model", [null, "m1"]],
  ] as const)("by %s", (by, names) => expect(usageBy(entries, by).map(({ name }) => name)).toEqual(names));

  test("what is not known is null, or told apart", () => {
    expect(usageBy(entries, "agent")).toEqual([
      { name: "Alice", attempts: 1, input_tokens: null, output_tokens: null, cost_usd: 0.2, without_cost: 0 },
      { name: "Debbie", attempts: 2, input_tokens: 200, output_tokens: 40, cost_usd: 0.1, without_cost: 1 },
    ]);
    expect(usageRow("total", entries)).toMatchObject({ attempts: 3, input_tokens: 200, cost_usd: 0.3 });
  });
});
