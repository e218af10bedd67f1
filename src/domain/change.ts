import type { ListedAgent } from "./agent-watch.js";
import type { HistoryEntry } from "./history.js";
import type { Overview } from "./overview.js";
import type { TaskRow } from "./task-row.js";

/** Whether the data is fed, and since when that is so (ISO-8601 UTC). */
export interface ViewConnection {
  connected: boolean;
  since: string;
}

/** What changed. `resync`: so much that everything is to be read anew. */
export type Change =
  | { type: "task"; task: TaskRow }
  | { type: "task_removed"; task_id: string }
  | { type: "agent"; agent: ListedAgent }
  | { type: "agent_removed"; agent_id: string }
  | { type: "event"; event: HistoryEntry }
  | { type: "overview"; overview: Overview }
  | ({ type: "connection" } & ViewConnection)
  | { type: "resync" };

/** `seq`: one more than that of the change before. */
export type NumberedChange = Change & { seq: number };
