import type { ChalkInstance } from "chalk";
import { type BudgetStanding, limitText, ownerText, spentText } from "../domain/budget.js";
import { ageText } from "../domain/duration.js";
import { countText, usdText } from "../domain/usage.js";
import type { Column } from "./table.js";

/** @param now epoch ms */
export const budgetColumns = (style: ChalkInstance, now: number): Column<BudgetStanding>[] => [
  { title: "BUDGET OF", value: ({ role }) => ownerText(role) },
  { title: "PER", value: ({ per, hard }) => (hard ? `${per}, hard` : per) },
  { title: "USED", value: (each) => (each.spent === null ? limitText(each) : spentText(each)) },
  { title: "%", value: ({ percent }) => (percent === null ? "–" : String(percent)), align: "right" },
  { title: "STATE", value: ({ state }) => state, style: (text, { state }) => stateStyle(style, state)(text) },
  { title: "RESETS", value: ({ until }) => (until === null ? "–" : `in ${ageText(Date.parse(until) - now)}`) },
  { title: "RAISED", value: raiseText, flexible: true },
];

function stateStyle(style: ChalkInstance, state: BudgetStanding["state"]): (text: string) => string {
  if (state === "ok") return (text) => text;
  return state === "reached" ? style.red : style.yellow;
}

function raiseText({ raise }: BudgetStanding): string {
  if (raise === null) return "–";
  const amounts = [
    ...(raise.usd > 0 ? [`${usdText(raise.usd)} USD`] : []),
    ...(raise.tokens > 0 ? [`${countText(raise.tokens)} tokens`] : []),
  ];
  return `+${amounts.join(", ")} by ${raise.by}${raise.reason === null ? "" : `: ${raise.reason}`}`;
}
