import type { ListedAgent } from "../domain/agent-watch.js";
import type { AgentAttempts } from "../domain/attempt-spans.js";
import type { Change as FleetChange, ViewConnection } from "../domain/change.js";
import type { Budget, BudgetStanding } from "../domain/budget.js";
import type { Check } from "../domain/check.js";
import type { Lock } from "../domain/locks.js";
import type { Quota } from "../domain/quota.js";
import type { ErrorGroup } from "../domain/error-groups.js";
import type { Flow, FlowEdge, FlowNode } from "../domain/flow.js";
import type { HistoryEntry } from "../domain/history.js";
import type { Overview } from "../domain/overview.js";
import type { TaskRecord } from "../domain/task.js";
import type { GraphNode, TaskGraph } from "../domain/task-graph.js";
import type { TaskRow } from "../domain/task-row.js";

/** What the coordinator sends, as docs/coordinator.md has it. */

export type {
  AgentAttempts,
  BudgetStanding,
  Check,
  ErrorGroup,
  Flow,
  FlowEdge,
  FlowNode,
  GraphNode,
  ListedAgent,
  Lock,
  Overview,
  Quota,
  TaskGraph,
  TaskRow,
};
export type AttentionList = Overview["attention"];
export type ThroughputMinute = Overview["throughput"][number];
export type Quantiles = NonNullable<Overview["wait_ms"]>;

/** A task as it is read: while NATS is away only what a list shows of it. */
export type KnownTask = Pick<TaskRecord, keyof TaskRecord & keyof TaskRow> & Partial<TaskRecord>;

/** Some of the tasks to which a query applies. */
export interface TaskPage {
  tasks: TaskRow[];
  next_cursor: string | null;
  total: number;
}

/** Who worked on what between two moments. */
export interface Timeline {
  since: string;
  until: string;
  /** Of the attempts that ended then or before, not all are known; null: all are. */
  forgotten_until: string | null;
  agents: AgentAttempts[];
}

/** What somebody said on a channel. */
export interface ChannelMessage {
  channel: string;
  seq: number;
  time: string;
  body: unknown;
}

/** What holds in the workspace, and who is asked. */
export interface Settings {
  workspace: { id: string; prefix: string };
  coordinator: { version: string; since: string; leading: boolean; person: string };
  /** What this login may. */
  scope: "read" | "operate";
  nats: { url: string; version: string; connected: boolean; since: string };
  /** Null: not known while NATS is away. */
  rules: { max_running: number | null; retention_ms: number | null; budget: Budget | null } | null;
  refused: Quota[] | null;
}

/** What changed, as it is told: that everything is to be read anew is a message of its own. */
export type Change = Exclude<FleetChange, { type: "resync" }>;

/** What comes over `/api/live`. */
export type LiveMessage =
  | {
      type: "snapshot";
      seq: number;
      overview: Overview;
      agents: ListedAgent[];
      events: HistoryEntry[];
      connection: ViewConnection;
    }
  | { type: "changes"; from: number; to: number; changes: Change[] }
  | { type: "resync" };
