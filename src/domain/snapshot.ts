import { type BudgetStanding, usedText } from "./budget.js";
import { someOf } from "./dependencies.js";
import type { Beat } from "./message.js";
import type { RoleRegistration } from "./role.js";
import { route } from "./route.js";
import { holdsBack, type Quota, quotaText } from "./quota.js";
import type { RolePause } from "./settings.js";
import { isTerminal, type Status, STATUSES, type TaskError, type TaskRecord } from "./task.js";

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

/** The agents to show, by their names. @param now epoch ms */
export const agentStates = (beats: Iterable<{ beat: Beat; storedAt: Date }>, now: number): AgentState[] =>
  Array.from(beats, ({ beat, storedAt }) => agentState(beat, storedAt, now))
    .filter((agent) => agent.status !== "offline" || agent.heartbeat_age_ms < OFFLINE_SHOWN_MS)
    .sort((a, b) => a.agent_id.localeCompare(b.agent_id));

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
  const agents = agentStates(seen.beats, now);
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

export const pauseAttention = ({ role, by, reason }: RolePause): Attention => ({
  kind: "paused",
  id: role ?? "everything",
  text: `paused by ${by}${reason === null ? "" : `: ${reason}`}`,
});

export function quotaAttention(quota: Quota, agents: readonly AgentState[], now: number): Attention {
  const held = agents.filter(({ account, status }) => account === quota.account && status !== "offline");
  const whom = someOf(held.map(({ agent_id }) => agent_id));
  return { kind: "rate_limited", id: quota.account, text: quotaText(quota, whom, now) };
}

export const budgetAttention = (budget: BudgetStanding): Attention[] =>
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
  const ids = new Set(tasks.map((task) => task.task_id));
  const isUnrouted = (task: TaskRecord): boolean => route(task, roles).length === 0;
  return [
    ...(!led && tasks.some((task) => !isTerminal(task.status)) ? [noDispatcher()] : []),
    ...tasks.flatMap((task) => taskAttention(task, (id) => ids.has(id), isUnrouted) ?? []),
    ...agents.filter(({ lost }) => lost).map(lostAttention),
  ];
}

/** Nobody hands tasks out: to be said while some are open. */
export const noDispatcher = (): Attention => ({
  kind: "no_dispatcher",
  id: "dispatcher",
  text: "no dispatcher leads: new tasks are not handed out until an agent runs (mjagent run …)",
});

/** What of a task decides whether a person should look at it. */
type Attended = Pick<TaskRecord, "task_id" | "title" | "status"> & {
  blocked_by: readonly string[];
  error: Pick<TaskError, "reason" | "message"> | null;
};

/** What a person should know of a task; null when there is nothing. @param exists whether there is a task of that id */
export function taskAttention<T extends Attended>(
  task: T,
  exists: (id: string) => boolean,
  isUnrouted: (task: T) => boolean,
): Attention | null {
  const { task_id: id, title, status, error } = task;
  switch (status) {
    case "awaiting_approval":
      return { kind: status, id, text: `${title}: mjagent approve ${id}` };
    case "available":
      return isUnrouted(task) ? { kind: "unrouted", id, text: `${title}: no role matches it yet` } : null;
    case "blocked": {
      const missing = task.blocked_by.filter((blocker) => !exists(blocker));
      if (missing.length === 0) return null;
      return { kind: "blocked_by_missing", id, text: `${title}: waits for ${someOf(missing)}, which does not exist` };
    }
    case "failed": {
      const kind = error?.reason === "dependency_failed" ? "blocked_by_failed" : "failed";
      return { kind, id, text: `${title}: ${error?.message ?? "failed"}` };
    }
    default:
      return null;
  }
}

export function lostAttention({ agent_id, heartbeat_age_ms, host, pid }: AgentState): Attention {
  const seconds = Math.round(heartbeat_age_ms / 1_000);
  return { kind: "lost_agent", id: agent_id, text: `silent for ${seconds}s (${host}, pid ${pid})` };
}
