import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BudgetStanding } from "../../src/domain/budget.js";
import type { UsageEntry, UsageRow } from "../../src/domain/usage.js";
import { registerRole } from "../../src/nats/registry.js";
import { writeUsage } from "../../src/nats/usage-ledger.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
  const match = { types: ["design"], phases: [], keywords: [], tags: [], files: [] };
  const budget = { usd: 5, per: "day", hard: false } as const;
  await registerRole(cli.session, { name: "debbie", description: "", match, watch: [], max_running: null, budget });
  await used("Debbie", "t1", { cost_usd: 4.5, input_tokens: 1_234_567, output_tokens: 89, model: "opus" });
  await used("Debbie", "t2", { input_tokens: 10, title: "=1+1, quoted" });
});
afterAll(() => cli[Symbol.asyncDispose]());

async function used(agent_id: string, task_id: string, over: Partial<UsageEntry>): Promise<void> {
  const now = cli.session.now();
  await writeUsage(cli.session, `${now.slice(0, 10)}.${task_id}.1`, {
    ...{ role: "debbie", agent_id, adapter: "claude", model: null, task_id, title: "T", type: null, event: null },
    ...{ input_tokens: null, output_tokens: null, cost_usd: null, started_at: now, updated_at: now, final: true },
    ...over,
  });
}

describe("mjagent usage", () => {
  test("numbers as JSON, for people and as CSV", async () => {
    const rows = JSON.parse((await cli.mjagent(["usage", "--json"])).stdout) as UsageRow[];
    const sums = { input_tokens: 1_234_577, output_tokens: 89, cost_usd: 4.5 };
    expect(rows).toEqual([{ name: "Debbie", attempts: 2, ...sums, without_cost: 1 }]);
    expect((await cli.mjagent(["usage"])).stdout).toBe("Debbie\t2\t1,234,577\t89\t≥ 4.50");
    expect((await cli.mjagent(["usage", "--by", "task", "--csv"])).stdout.split("\n")).toEqual([
      "task,title,attempts,input_tokens,output_tokens,cost_usd,without_cost",
      "t1,T,1,1234567,89,4.5,0",
      `t2,"'=1+1, quoted",1,10,,,1`,
    ]);
  });

  test.each([
    [["--by", "colour"], /--by: expected one of: agent, task, day, model/],
    [["--csv", "--json"], /--csv goes with neither/],
  ])("%j: exit 2", async (args, says) => {
    const run = await cli.mjagent(["usage", ...args]);
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toMatch(says);
  });
});

describe("mjagent budget", () => {
  test("shows how it stands, and is raised; status tells of it", async () => {
    const stands = "90% today: 4.50 of 5.00 USD";
    expect((await cli.mjagent(["status"])).stdout).toContain(stands);
    expect((await cli.mjagent(["budget"])).stdout).toMatch(/^debbie\tday\t4\.50 of 5\.00 USD\t90\twarning\tin .*\t–$/);
    const raised = await cli.mjagent(["budget", "raise", "debbie", "--usd", "2.50", "--reason", "launch"]);
    expect(raised.stdout).toMatch(/^debbie has used 60% of today's budget \(4\.50 of 7\.50 USD\); raised until 2/);
    const all = JSON.parse((await cli.mjagent(["budget", "--json"])).stdout) as BudgetStanding[];
    expect(all).toMatchObject([
      { role: "debbie", percent: 60, state: "ok", limit: { usd: 7.5, tokens: null }, raise: { reason: "launch" } },
    ]);
    expect((await cli.mjagent(["status"])).stdout).not.toContain("budget");
  });

  test.each([
    [["raise"], 2, /name one role, or give --workspace-budget/],
    [["raise", "debbie", "--usd", "-1"], 2, /--usd/],
    [["raise", "--workspace-budget", "--usd", "1"], 3, /the workspace has no budget[^]*there are those of: debbie/],
  ])("%j: exit %i", async (args, exitCode, says) => {
    const run = await cli.mjagent(["budget", ...args]);
    expect(run).toMatchObject({ exitCode, stdout: "" });
    expect(run.stderr).toMatch(says);
  });
});
