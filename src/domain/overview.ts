import type { Amount, BudgetStanding } from "./budget.js";
import { type Compare, compareText, FirstOf } from "./first-of.js";
import { holdsBack, type Quota } from "./quota.js";
import type { RolePause } from "./settings.js";
import {
  type AgentState,
  type Attention,
  budgetAttention,
  lostAttention,
  noDispatcher,
  pauseAttention,
  quotaAttention,
  type Snapshot,
  taskAttention,
} from "./snapshot.js";
import { isTerminal, type Status, STATUSES } from "./task.js";
import type { TaskRow } from "./task-row.js";

/** The middle one of what was measured, and the one that one in twenty is longer than; ms. */
interface Quantiles {
  p50: number;
  p95: number;
}

/** What ended in one minute. */
interface ThroughputMinute {
  /** Its beginning. */
  minute: string;
  completed: number;
  failed: number;
}

/** The fleet in figures. Times are ISO-8601 UTC. */
export interface Overview {
  workspace: string;
  taken_at: string;
  leader: Snapshot["leader"];
  /** Roles that claim nothing for now; `role` null: all of them. */
  paused: RolePause[];
  tasks: Record<Status, number>;
  queued: number;
  running: number;
  /** Blocked, scheduled, or awaiting approval. */
  waiting: number;
  /** In the last 24 hours. */
  failed_24h: number;
  agents: { online: number; lost: number };
  /** What agents used today (UTC), as far as they tell. */
  cost_today_usd: number;
  tokens_today: number;
  queue: { depth: number; oldest_at: string | null };
  /** The last 60 minutes, oldest first; the last one is not over yet. */
  throughput: ThroughputMinute[];
  /** Of the tasks that were taken in the last hour: how long they could have been before; null without any. */
  wait_ms: Quantiles | null;
  /** Of the tasks that completed or failed in the last hour: how long their last attempts took; null without any. */
  run_ms: Quantiles | null;
  attention: AttentionList;
}

/** What needs attention: the first of each kind, and how many there are. */
interface AttentionList {
  items: (Attention & { since: string | null })[];
  total: number;
  by_kind: Partial<Record<Attention["kind"], number>>;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;
const HOUR_MS = MINUTES * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** In this order; of tasks that wait those that do so longest, of failures the newest. */
const KINDS: Readonly<Record<Attention["kind"], "oldest" | "newest">> = {
  no_dispatcher: "oldest",
  paused: "oldest",
  rate_limited: "oldest",
  budget: "oldest",
  budget_warning: "oldest",
  awaiting_approval: "oldest",
  failed: "newest",
  unrouted: "oldest",
  lost_agent: "oldest",
  blocked_by_failed: "newest",
  blocked_by_missing: "oldest",
};
/** More than that nobody reads at a glance. */
const OF_A_KIND = 20;

/** What `overviewOf` looks at. `now` in epoch ms. */
export interface Seen {
  workspace: string;
  now: number;
  leader: Snapshot["leader"];
  agents: readonly AgentState[];
  rows: Iterable<TaskRow>;
  paused: RolePause[];
  quotas: readonly Quota[];
  budgets: readonly BudgetStanding[];
  spentToday: Amount;
  exists: (taskId: string) => boolean;
  isUnrouted: (row: TaskRow) => boolean;
}

/** Puts the figures together, in one pass over the tasks. Pure. */
export function overviewOf(seen: Seen): Overview {
  const { workspace, now, leader, agents, rows, paused, exists, isUnrouted } = seen;
  const ago = (ms: number): string => new Date(now - ms).toISOString();
  const [hourAgo, dayAgo] = [ago(HOUR_MS), ago(DAY_MS)];
  const tasks = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  const throughput = minutesUntil(now);
  const firstMinute = Date.parse(throughput[0]?.minute ?? "");
  const attention = new AttentionGathering();
  const [waits, runs]: [number[], number[]] = [[], []];
  let failed = 0;
  let oldest: string | null = null;
  for (const row of rows) {
    const { status, finished_at, started_at, updated_at } = row;
    tasks[status]++;
    if (status === "available" && (oldest === null || updated_at < oldest)) oldest = updated_at;
    if (row.wait_ms !== null && started_at !== null && started_at >= hourAgo) waits.push(row.wait_ms);
    if (finished_at !== null && finished_at >= dayAgo) {
      if (status === "failed") failed++;
      if ((status === "completed" || status === "failed") && finished_at >= hourAgo) {
        if (row.duration_ms !== null) runs.push(row.duration_ms);
        const minute = throughput[Math.floor((Date.parse(finished_at) - firstMinute) / MINUTE_MS)];
        if (minute) minute[status]++;
      }
    }
    // Most have ended well: nothing is asked of them.
    if (status === "completed") continue;
    const found = taskAttention(row, exists, isUnrouted);
    if (found) attention.add(found, updated_at);
  }
  const lost = agents.filter((agent) => agent.lost);
  for (const pause of paused) attention.add(pauseAttention(pause), pause.at);
  for (const quota of seen.quotas) {
    if (holdsBack(quota, now)) attention.add(quotaAttention(quota, agents, now), quota.at);
  }
  for (const budget of seen.budgets) for (const found of budgetAttention(budget)) attention.add(found, null);
  for (const agent of lost) attention.add(lostAttention(agent), agent.last_heartbeat);
  if (leader === null && STATUSES.some((status) => !isTerminal(status) && tasks[status] > 0)) {
    attention.add(noDispatcher(), null);
  }
  return {
    ...{ workspace, taken_at: ago(0), leader, paused, tasks },
    ...{ queued: tasks.available, running: tasks.in_progress },
    waiting: tasks.blocked + tasks.scheduled + tasks.awaiting_approval,
    failed_24h: failed,
    agents: { online: agents.filter((agent) => !agent.lost && agent.status !== "offline").length, lost: lost.length },
    cost_today_usd: seen.spentToday.usd,
    tokens_today: seen.spentToday.tokens,
    queue: { depth: tasks.available, oldest_at: oldest },
    ...{ throughput, wait_ms: quantilesOf(waits), run_ms: quantilesOf(runs), attention: attention.list() },
  };
}

/** Whether two say the same, whenever they were taken. */
export const isSameOverview = (a: Overview, b: Overview): boolean =>
  JSON.stringify({ ...a, taken_at: null }) === JSON.stringify({ ...b, taken_at: null });

function minutesUntil(now: number): ThroughputMinute[] {
  const last = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return Array.from({ length: MINUTES }, (_, i) => ({
    minute: new Date(last - (MINUTES - 1 - i) * MINUTE_MS).toISOString(),
    completed: 0,
    failed: 0,
  }));
}

/** Nearest rank: values that were measured, none in between. */
export function quantilesOf(values: readonly number[]): Quantiles | null {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
  return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95) };
}

type Item = AttentionList["items"][number];

const oldestFirst: Compare<Item> = (a, b) => compareText(a.since ?? "", b.since ?? "") || compareText(a.id, b.id);
const newestFirst: Compare<Item> = (a, b) => compareText(b.since ?? "", a.since ?? "") || compareText(a.id, b.id);

class AttentionGathering {
  readonly #kinds = new Map<Attention["kind"], { count: number; first: FirstOf<Item> }>();

  add(found: Attention, since: string | null): void {
    const { kind } = found;
    let known = this.#kinds.get(kind);
    if (!known) {
      const order = KINDS[kind] === "oldest" ? oldestFirst : newestFirst;
      known = { count: 0, first: new FirstOf(OF_A_KIND, order) };
      this.#kinds.set(kind, known);
    }
    known.count++;
    known.first.offer({ ...found, since });
  }

  list(): AttentionList {
    const found = (Object.keys(KINDS) as Attention["kind"][]).flatMap((kind) => {
      const known = this.#kinds.get(kind);
      return known ? [{ kind, ...known }] : [];
    });
    return {
      items: found.flatMap(({ first }) => first.list()),
      total: found.reduce((sum, { count }) => sum + count, 0),
      by_kind: Object.fromEntries(found.map(({ kind, count }) => [kind, count])),
    };
  }
}
