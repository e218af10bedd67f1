import { type BudgetStanding, usedText } from "./budget.js";
import { someOf } from "./dependencies.js";
import type { Beat } from "./message.js";
import type { RoleRegistration } from "./role.js";
import { route } from "./route.js";
import { holdsBack, type Quota, quotaText } from "./quota.js";
import type { RolePause } from "./settings.js";
import { isTerminal, type Status, STATUSES, type TaskRecord } from "./task.js";

/** An agent as others see it: its last beat, and whether it has been silent for longer than its lease. */
export interface AgentState extends Beat {
  last_heartbeat: string;
  heartbeat_age_ms: number;
  lost: boolean;
}

/** Something a person should look at. */
export interface Attention {
  kind:
    | "lost_agent"
    | "failed"
    | "unrouted"
    | "blocked_by_failed"
    | "blocked_by_missing"
    | "awaiting_approval"
    | "paused"
    | "rate_limited"
    | "budget"
    | "budget_warning"
    | "no_dispatcher";
  id: string;
  text: string;
}

/** The whole at a glance: what `mjagent status` shows. */
export interface Snapshot {
  workspace: string;
  taken_at: string;
  leader: { instance_id: string; since: string } | null;
  agents: AgentState[];
  tasks: Record<Status, number>;
  /** Ended in the last hour. */
  last_hour: { completed: number; failed: number };
  /** Roles that claim nothing for now; `role` null: all of them. */
  paused: RolePause[];
  /** Accounts for which nothing is claimed, as their provider refuses them. */
  rate_limited: Quota[];
  attention: Attention[];
}

/** An ended agent is shown for this long after its goodbye. */
const OFFLINE_SHOWN_MS = 3_600_000;
const HOUR_MS = 3_600_000;

export function agentState(beat: Beat, storedAt: Date, now: number): AgentState {
  const age = Math.max(0, now - storedAt.getTime());
  const lost = beat.status !== "offline" && age > beat.lease_ms;
  return { ...beat, last_heartbeat: storedAt.toISOString(), heartbeat_age_ms: age, lost };
}

/** Puts what was read together. Pure: `now` in epoch ms. */
export function takeSnapshot(seen: {
  workspace: string;
  now: number;
  leader: { instance_id: string; since: string } | null;
  beats: { beat: Beat; storedAt: Date }[];
  tasks: TaskRecord[];
  roles: RoleRegistration[];
  paused: RolePause[];
  quotas: Iterable<Quota>;
  budgets?: readonly BudgetStanding[];
}): Snapshot {
  const { now, tasks } = seen;
  const agents = seen.beats
    .map(({ beat, storedAt }) => agentState(beat, storedAt, now))
    .filter((agent) => agent.status !== "offline" || agent.heartbeat_age_ms < OFFLINE_SHOWN_MS)
    .sort((a, b) => a.agent_id.localeCompare(b.agent_id));
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const task of tasks) counts[task.status]++;
  const rate_limited = [...seen.quotas].filter((quota) => holdsBack(quota, now));
  const recent = (status: Status): number =>
    tasks.filter((t) => t.status === status && t.finished_at !== null && now - Date.parse(t.finished_at) < HOUR_MS)
      .length;
  return {
    workspace: seen.workspace,
    taken_at: new Date(now).toISOString(),
    leader: seen.leader,
    agents,
    tasks: counts,
    last_hour: { completed: recent("completed"), failed: recent("failed") },
    paused: seen.paused,
    rate_limited,
    attention: [
      ...seen.paused.map(pauseAttention),
      ...rate_limited.map((quota) => quotaAttention(quota, agents, now)),
      ...(seen.budgets ?? []).flatMap(budgetAttention),
      ...attentionOf(seen.leader !== null, agents, tasks, seen.roles),
    ],
  };
}

const pauseAttention = ({ role, by, reason }: RolePause): Attention => ({
  kind: "paused",
  id: role ?? "everything",
  text: `paused by ${by}${reason === null ? "" : `: ${reason}`}`,
});

function quotaAttention(quota: Quota, agents: readonly AgentState[], now: number): Attention {
  const held = agents.filter(({ account, status }) => account === quota.account && status !== "offline");
  const whom = held.length === 0 ? "" : `${someOf(held.map(({ agent_id }) => agent_id))}: `;
  return { kind: "rate_limited", id: quota.account, text: `${whom}${quotaText(quota, now)}` };
}

const budgetAttention = (budget: BudgetStanding): Attention[] =>
  budget.state === "ok"
    ? []
    : [
        {
          kind: budget.state === "reached" ? "budget" : "budget_warning",
          id: budget.role ?? "workspace",
          text: usedText(budget),
        },
      ];

function attentionOf(led: boolean, agents: AgentState[], tasks: TaskRecord[], roles: RoleRegistration[]): Attention[] {
  const found: Attention[] = [];
  const open = tasks.some((task) => !isTerminal(task.status));
  if (!led && open) {
    found.push({
      kind: "no_dispatcher",
      id: "dispatcher",
      text: "no dispatcher leads: new tasks are not handed out until an agent runs (mjagent run …)",
    });
  }
  const ids = new Set(tasks.map((task) => task.task_id));
  for (const task of tasks) {
    const { task_id, title } = task;
    if (task.status === "awaiting_approval") {
      found.push({ kind: "awaiting_approval", id: task_id, text: `${title}: mjagent approve ${task_id}` });
    } else if (task.status === "available" && route(task, roles).length === 0) {
      found.push({ kind: "unrouted", id: task_id, text: `${title}: no role matches it yet` });
    } else if (task.status === "blocked") {
      const missing = task.blocked_by.filter((id) => !ids.has(id));
      if (missing.length > 0) {
        const text = `${title}: waits for ${someOf(missing)}, which does not exist`;
        found.push({ kind: "blocked_by_missing", id: task_id, text });
      }
    } else if (task.status === "failed") {
      const kind = task.error?.reason === "dependency_failed" ? "blocked_by_failed" : "failed";
      found.push({ kind, id: task_id, text: `${title}: ${task.error?.message ?? "failed"}` });
    }
  }
  for (const agent of agents) {
    if (!agent.lost) continue;
    const seconds = Math.round(agent.heartbeat_age_ms / 1_000);
    found.push({
      kind: "lost_agent",
      id: agent.agent_id,
      text: `silent for ${seconds}s (${agent.host}, pid ${agent.pid})`,
    });
  }
  return found;
}
