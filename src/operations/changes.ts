import type { HistoryEntry } from "../domain/history.js";
import type { Overview } from "../domain/overview.js";
import type { AgentState } from "../domain/snapshot.js";
import type { TaskRow } from "../domain/task-row.js";

/** Whether the data is fed, and since when that is so (ISO-8601 UTC). */
export interface ViewConnection {
  connected: boolean;
  since: string;
}

/** What changed. `resync`: so much that everything is to be read anew. */
export type Change =
  | { type: "task"; task: TaskRow }
  | { type: "task_removed"; task_id: string }
  | { type: "agent"; agent: AgentState }
  | { type: "agent_removed"; agent_id: string }
  | { type: "event"; event: HistoryEntry }
  | { type: "overview"; overview: Overview }
  | ({ type: "connection" } & ViewConnection)
  | { type: "resync" };

/** `seq`: one more than that of the change before. */
export type NumberedChange = Change & { seq: number };

/** Numbers changes and tells everybody who listens. */
export class Changes {
  #seq = 0;
  readonly #listeners = new Set<(change: NumberedChange) => void>();

  /** The number of the last change. */
  get seq(): number {
    return this.#seq;
  }

  tell(change: Change): void {
    const numbered = { seq: ++this.#seq, ...change };
    for (const listener of [...this.#listeners]) {
      try {
        listener(numbered);
      } catch {
        // One listener must not keep a change from the others.
      }
    }
  }

  subscribe(listener: (change: NumberedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
