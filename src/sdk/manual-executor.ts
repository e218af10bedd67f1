import type { Outcome } from "../domain/outcome.js";
import type { TaskRecord } from "../domain/task.js";
import { type Fence } from "../domain/fence.js";
import { tellUsage } from "../executors/output.js";
import type { AttemptInput, ExecutionContext, Executor } from "../executors/executor.js";

/** Leaves the work to somebody else: an attempt lasts until `settle` is called for its task, or until it is stopped. */
export class ManualExecutor implements Executor {
  readonly #open = new Map<
    string,
    { task: TaskRecord; settle: (outcome: Outcome) => void; context: ExecutionContext }
  >();

  run(input: AttemptInput, context: ExecutionContext): Promise<Outcome> {
    const { task_id } = input.task;
    const { signal } = context;
    return new Promise<Outcome>((resolve) => {
      this.#open.set(task_id, { task: input.task, settle: resolve, context });
      signal.addEventListener("abort", () => resolve({ kind: "stopped" }), { once: true });
      if (signal.aborted) resolve({ kind: "stopped" });
    }).finally(() => {
      // Unless another attempt at the task has begun since.
      if (this.#open.get(task_id)?.context === context) this.#open.delete(task_id);
    });
  }

  /** @returns whose attempt ends; null when no such attempt is running: it was never claimed, or was stopped. */
  settle(taskId: string, outcome: Outcome): Fence | null {
    const open = this.#open.get(taskId);
    if (!open || open.context.signal.aborted) return null;
    if (outcome.kind === "completed") tellUsage(open.context, outcome.result.usage, "function");
    open.settle(outcome);
    const { owner, instance_id, epoch } = open.task;
    return { owner: owner ?? "", instance_id: instance_id ?? "", epoch };
  }

  /** The task as it was given to us: whole. */
  task(taskId: string): TaskRecord | undefined {
    return this.#open.get(taskId)?.task;
  }

  /** Aborted when the task is not ours any more. */
  signal(taskId: string): AbortSignal | undefined {
    return this.#open.get(taskId)?.context.signal;
  }
}
