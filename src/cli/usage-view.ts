import type { ChalkInstance } from "chalk";
import { countText, type Grouping, usdText, type UsageRow } from "../domain/usage.js";
import type { Column } from "./table.js";

const UNKNOWN = "–";

const known = (value: number | null, text: (value: number) => string): string =>
  value === null ? UNKNOWN : text(value);

/** The total is the row at the end. */
export const usageColumns = (style: ChalkInstance, by: Grouping): Column<UsageRow>[] => [
  { title: by.toUpperCase(), value: ({ name }) => name ?? UNKNOWN, flexible: by === "model" },
  ...(by === "task" ? [{ title: "TITLE", value: (row: UsageRow) => row.title ?? "", flexible: true }] : []),
  { title: "ATTEMPTS", value: ({ attempts }) => countText(attempts), align: "right" },
  { title: "INPUT", value: ({ input_tokens }) => known(input_tokens, countText), align: "right" },
  { title: "OUTPUT", value: ({ output_tokens }) => known(output_tokens, countText), align: "right" },
  { title: "USD", value: costText, align: "right", style: (text) => style.bold(text) },
];

/** Where some attempts did not tell their cost, it is more. */
const costText = ({ cost_usd, without_cost }: UsageRow): string =>
  known(cost_usd, (usd) => `${without_cost > 0 ? "≥ " : ""}${usdText(usd)}`);

/** Lines with CR LF would be the standard (RFC 4180); every reader takes LF, and so do shells. */
export function usageCsv(rows: readonly UsageRow[], by: Grouping): string {
  const header = [by, ...(by === "task" ? ["title"] : []), ...NUMBERS];
  const lines = rows.map((row) => [row.name ?? "", ...(by === "task" ? [row.title ?? ""] : []), ...numbersOf(row)]);
  return [header, ...lines].map((line) => line.map(cell).join(",")).join("\n");
}

const NUMBERS = ["attempts", "input_tokens", "output_tokens", "cost_usd", "without_cost"] as const;

const numbersOf = (row: UsageRow): string[] => NUMBERS.map((name) => String(row[name] ?? ""));

/** A spreadsheet would take a title that begins like a formula for one. */
function cell(text: string): string {
  const safe = /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
