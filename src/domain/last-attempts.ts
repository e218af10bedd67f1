import type { AttemptOutcome, TaskRecord } from "./task.js";

/** What an agent ended last. */
export interface LastAttempt {
  task_id: string;
  title: string;
  outcome: AttemptOutcome;
  /** ISO-8601 UTC. */
  ended_at: string;
}

/** The newest attempt that each agent ended, by the records there are. */
export class LastAttempts {
  readonly #last = new Map<string, LastAttempt>();

  /** Takes a record in. @returns the agents whose last attempt is another one now */
  take({ task_id, title, history }: Pick<TaskRecord, "task_id" | "title" | "history">): string[] {
    const changed = new Set<string>();
    for (const { agent_id, outcome, ended_at } of history) {
      if (outcome === null || ended_at === null) continue;
      const known = this.#last.get(agent_id);
      if (known && known.ended_at >= ended_at) continue;
      this.#last.set(agent_id, { task_id, title, outcome, ended_at });
      changed.add(agent_id);
    }
    return [...changed];
  }

  /** A task is gone: what its agents ended before is not known. @returns those whose last attempt it was */
  remove(taskId: string): string[] {
    const gone = [...this.#last].filter(([, { task_id }]) => task_id === taskId).map(([agent]) => agent);
    for (const agent of gone) this.#last.delete(agent);
    return gone;
  }

  clear(): void {
    this.#last.clear();
  }

  of(agentId: string): LastAttempt | null {
    return this.#last.get(agentId) ?? null;
  }
}
