import { couldBeOf } from "../domain/same-task.js";
import type { NewTask } from "../domain/task.js";
import { MjError } from "../errors.js";
import type { Session } from "../nats/session.js";
import { type Published, publishTasks } from "./publish.js";

/**
 * Publishes a task under an idempotency key: again, it is the one that is there.
 * @throws MjError as `publishTasks` does; conflict: the key was used for another task
 */
export async function publishOnce(session: Session, task: NewTask, key: string): Promise<Published> {
  const [published] = await publishTasks(session, [{ ...task, idempotency_key: key }]);
  if (!published) throw new MjError("failure", "the task was not published");
  if (published.created || couldBeOf(published.record, task)) return published;
  throw new MjError("conflict", `the idempotency key ${JSON.stringify(key)} was used for another task`, {
    why: `it made task ${published.task_id}, "${published.record.title}"`,
    hint: "use a new key for a new task",
  });
}
