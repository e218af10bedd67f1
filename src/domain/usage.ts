import { z } from "zod";
import type { TaskResult } from "./task.js";

/** Tokens and money, as far as they were told. */
export type Usage = TaskResult["usage"];

/** The sum of what is known; null when nothing is. */
export function sumOf(...counts: (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
}

export const plus = (a: Usage, b: { [Kind in keyof Usage]?: number | null | undefined }): Usage => ({
  input_tokens: sumOf(a.input_tokens, b.input_tokens ?? null),
  output_tokens: sumOf(a.output_tokens, b.output_tokens ?? null),
  cost_usd: sumOf(a.cost_usd, b.cost_usd ?? null),
});

export const nothingUsed = (): Usage => ({ input_tokens: null, output_tokens: null, cost_usd: null });

const count = z.number().nonnegative().nullable();

/** What one attempt has used so far: a key of the usage bucket, overwritten with the running total while it runs. */
export const UsageEntry = z.object({
  role: z.string(),
  agent_id: z.string(),
  /** What runs the work: a CLI's name, `command` or `function`. */
  adapter: z.string(),
  model: z.string().nullable(),
  task_id: z.string(),
  title: z.string(),
  type: z.string().nullable(),
  /** The event that a watching role ran for; null: an attempt at the task. */
  event: z.string().nullable(),
  input_tokens: count,
  output_tokens: count,
  cost_usd: count,
  started_at: z.string(),
  updated_at: z.string(),
  /** False while it may become more. */
  final: z.boolean(),
});
export type UsageEntry = z.output<typeof UsageEntry>;

/** What an executor tells while it works: the total of this attempt so far. */
export type UsageTold = Usage & Pick<UsageEntry, "adapter" | "model">;

/** The UTC day of an ISO time: `2030-01-31`. */
export const dayOf = (time: string): string => time.slice(0, 10);

/**
 * The key of an attempt: one that no other attempt has, so that it has a single writer.
 * @param attempt an epoch; of a watching role, which has none, any word that is no number
 */
export const usageKey = (started_at: string, task_id: string, attempt: number | string): string =>
  `${dayOf(started_at)}.${task_id}.${attempt}`;

/** By what `mjagent usage` can put attempts together. */
export const GROUPINGS = ["agent", "task", "day", "model"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What was used in all by the attempts that have something in common. */
export interface UsageRow extends Usage {
  /** The agent, task, day or model; null: of attempts whose model is not known. */
  name: string | null;
  /** Of a task. */
  title?: string;
  attempts: number;
  /** Attempts whose cost is not known: it is not in `cost_usd`. */
  without_cost: number;
}

const NAME_OF: Record<Grouping, (entry: UsageEntry) => string | null> = {
  agent: ({ agent_id }) => agent_id,
  task: ({ task_id }) => task_id,
  day: ({ started_at }) => dayOf(started_at),
  model: ({ model }) => model,
};

/** Sums by what the attempts have in common: days in order, else what used most first. */
export function usageBy(entries: readonly UsageEntry[], by: Grouping): UsageRow[] {
  const groups = new Map<string | null, UsageEntry[]>();
  for (const entry of entries) {
    const name = NAME_OF[by](entry);
    const group = groups.get(name);
    if (group) group.push(entry);
    else groups.set(name, [entry]);
  }
  const rows = [...groups].map(([name, group]) => {
    const title = group.at(-1)?.title;
    return { ...usageRow(name, group), ...(by === "task" && title !== undefined && { title }) };
  });
  const inOrder = (a: UsageRow, b: UsageRow): number => (a.name ?? "").localeCompare(b.name ?? "");
  if (by === "day") return rows.sort(inOrder);
  const most = (a: UsageRow, b: UsageRow): number =>
    (b.cost_usd ?? 0) - (a.cost_usd ?? 0) || tokensOf(b) - tokensOf(a) || inOrder(a, b);
  return rows.sort(most);
}

/** The sum of attempts under a name. */
export function usageRow(name: string | null, entries: readonly UsageEntry[]): UsageRow {
  const used = entries.reduce<Usage>(plus, nothingUsed());
  // Sums of cents are not exact in binary.
  const cost_usd = used.cost_usd === null ? null : Math.round(used.cost_usd * 1e9) / 1e9;
  const without_cost = entries.filter((entry) => entry.cost_usd === null).length;
  return { name, attempts: entries.length, ...used, cost_usd, without_cost };
}

export const tokensOf = ({ input_tokens, output_tokens }: Usage): number => (input_tokens ?? 0) + (output_tokens ?? 0);

/** Money for people: two to four digits. */
export const usdText = (usd: number): string =>
  usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 4 });

export const countText = (tokens: number): string => tokens.toLocaleString("en-US");
