import type { Command } from "commander";
import { bind, examples, natsOptions, outputOptions } from "./options.js";

/** Commands about what agents use up. */
export function declareMoney(program: Command): void {
  program.commandsGroup("Tokens and money:");
  usage(program.command("usage"));
  budget(program.command("budget"));
}

function usage(command: Command): void {
  command
    .description("tokens and money that attempts have used, running ones included")
    .option("--by <what>", "agent (default), task, day or model")
    .option("--since <when>", "a duration ago, a time of today or an ISO time (default: 30d)")
    .option("--csv", "comma-separated values, with a header");
  examples(
    natsOptions(command),
    "mjagent usage",
    "mjagent usage --by day --since 7d",
    "mjagent usage --by task --csv > usage.csv",
    "mjagent usage --json | jq 'map(.cost_usd) | add'",
  );
  bind(command, () => import("../commands/usage.js"));
}

function budget(group: Command): void {
  examples(
    outputOptions(group.description("how the budgets stand, or raise one")),
    "mjagent budget                      (the same as: mjagent budget list)",
    "mjagent budget raise debbie --usd 5",
  );
  const list = group.command("list", { isDefault: true }).description("how the budgets stand");
  examples(natsOptions(list), "mjagent budget list", "mjagent budget --json | jq '.[] | select(.state != \"ok\")'");
  bind(list, () => import("../commands/budget-list.js"));
  const raise = group
    .command("raise")
    .description("add to a budget for what is left of today or this week")
    .argument("[role]", "whose budget")
    .option("--workspace-budget", "instead of a role's: that of the workspace")
    .option("--usd <amount>", "so much more, in USD")
    .option("--tokens <n>", "so many more tokens")
    .option("--reason <text>", "shown with it");
  examples(
    natsOptions(raise),
    'mjagent budget raise debbie --usd 5 --reason "the launch is tomorrow"',
    "mjagent budget raise --workspace-budget --tokens 1000000",
  );
  bind(raise, () => import("../commands/budget-raise.js"));
}
