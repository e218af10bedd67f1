import { randomUUID } from "node:crypto";
import type { Outcome } from "../domain/outcome.js";
import type { WatchedEvent } from "../domain/role.js";
import type { TaskRecord } from "../domain/task.js";
import { messageOf } from "../errors.js";
import type { Executor, RelatedTask } from "../executors/executor.js";
import { LogWriter } from "../nats/logs.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import type { EventListener } from "./events.js";

/** Who runs something, how, and who looks on. */
export interface ExecutionOf {
  session: Session;
  agent: { agent_id: string; role: string; description: string };
  executor: Executor;
  emit: EventListener;
}

const RELATED_AT_ONCE = 64;
/** How long the last lines of a log may take to be stored before the attempt ends without them. */
const LOG_CLOSE_MS = 2_000;

/** Runs an executor on a task, with the results it builds on, its output going to the task's log. Never throws. */
export async function execute(
  { session, agent, executor, emit }: ExecutionOf,
  run: { task: TaskRecord; attempt: number; event?: WatchedEvent },
  signal: AbortSignal,
): Promise<Outcome> {
  const { task, attempt } = run;
  const { task_id, epoch } = task;
  const { agent_id } = agent;
  const log = new LogWriter(session, { task_id, attempt, epoch, agent_id });
  try {
    const [blockers, [parent]] = await Promise.all([
      related(session, task.blocked_by),
      related(session, task.parent_id === null ? [] : [task.parent_id]),
    ]);
    const input = { ...run, agent, epoch, blockers, parent: parent ?? null };
    return await executor.run(input, {
      runId: randomUUID(),
      signal,
      log: (stream, line) => {
        log.write(stream, line);
        emit({ type: "output", agent_id, task_id, stream, line });
      },
    });
  } catch (error) {
    return { kind: "failed", reason: "agent_error", message: messageOf(error), result: null };
  } finally {
    if (!log.settled) await Promise.race([log.close(), new Promise((resolve) => setTimeout(resolve, LOG_CLOSE_MS))]);
  }
}

/** The results of other tasks, as they are now. Ones that are gone are left out. */
async function related(session: Session, ids: readonly string[]): Promise<RelatedTask[]> {
  const store = new TaskStore(session);
  const found: RelatedTask[] = [];
  for (let at = 0; at < ids.length; at += RELATED_AT_ONCE) {
    const some = await Promise.all(ids.slice(at, at + RELATED_AT_ONCE).map((id) => store.get(id)));
    for (const task of some) {
      if (task) found.push({ task_id: task.record.task_id, title: task.record.title, result: task.record.result });
    }
  }
  return found;
}
