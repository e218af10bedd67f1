import type { Outcome } from "../domain/outcome.js";
import type { AttemptInput, ExecutionContext, Executor } from "../executors/executor.js";

/** Leaves the work to somebody else: an attempt lasts until `settle` is called for its task, or until it is stopped. */
export class ManualExecutor implements Executor {
  readonly #open = new Map<string, { settle: (outcome: Outcome) => void; signal: AbortSignal }>();

  run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
    const { task_id } = input.task;
    const { signal } = context;
    return new Promise<Outcome>((resolve) => {
      this.#open.set(task_id, { settle: resolve, signal });
      signal.addEventListener("abort", () => resolve({ kind: "stopped" }), { once: true });
      if (signal.aborted) resolve({ kind: "stopped" });
    }).finally(() => this.#open.delete(task_id));
  }

  /** @returns false when no such attempt is running: it was never claimed, or was stopped. */
  settle(taskId: string, outcome: Outcome): boolean {
    const open = this.#open.get(taskId);
    open?.settle(outcome);
    return open !== undefined && !open.signal.aborted;
  }

  /** Aborted when the task is not ours any more. */
  signal(taskId: string): AbortSignal | undefined {
    return this.#open.get(taskId)?.signal;
  }
}
