import { MjError } from "../errors.js";
import { NewTask, type NewTaskInput, type TaskRecord } from "../domain/task.js";
import { publishTasks } from "../operations/publish.js";
import { type ClientOptions, Connection } from "./connection.js";

/**
 * Publishes tasks.
 *
 * @example
 * await using publisher = new TaskPublisher();
 * const task = await publisher.publishTask({ title: "Design the about page", type: "design" });
 */
export class TaskPublisher implements AsyncDisposable {
  readonly #connection: Connection;

  constructor(options: ClientOptions = {}) {
    this.#connection = new Connection("publisher", options);
  }

  /**
   * Publishes one task and returns its record. A task whose `idempotency_key` was used before is returned as it is.
   * @throws MjError usage (not a task), not_found (a blocker), conflict (its id exists), unreachable, auth
   */
  async publishTask(task: NewTaskInput): Promise<TaskRecord> {
    const [record] = await this.publishTasks([task]);
    if (!record) throw new Error("nothing was published");
    return record;
  }

  /** Publishes a batch; its tasks may name one another in `blocked_by`, in any order. */
  async publishTasks(tasks: readonly NewTaskInput[]): Promise<TaskRecord[]> {
    const checked = tasks.map((task, index) => {
      const parsed = NewTask.safeParse(task);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      throw new MjError("usage", `task ${index + 1} is not a task`, {
        why: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unknown"}`,
      });
    });
    const published = await publishTasks(await this.#connection.session(), checked);
    return published.map(({ record }) => record);
  }

  /** Sends what is on its way, and closes the connection. For programs without `await using`: in a `finally`. */
  async close(): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  /** `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
