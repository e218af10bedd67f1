import { randomUUID } from "node:crypto";
import type { AgentSession } from "../domain/agent-session.js";
import type { Outcome } from "../domain/outcome.js";
import type { WatchedEvent } from "../domain/role.js";
import type { TaskRecord } from "../domain/task.js";
import { messageOf } from "../errors.js";
import type { Executor } from "../executors/executor.js";
import { wholeTask } from "../nats/artifacts.js";
import { LogWriter } from "../nats/logs.js";
import type { Session } from "../nats/session.js";
import type { EventListener } from "./events.js";
import { relatedTasks } from "./related.js";

/** Who runs something, how, and who looks on. */
export interface ExecutionOf {
  session: Session;
  agent: { agent_id: string; role: string; description: string };
  executor: Executor;
  emit: EventListener;
}

/** How long the last lines of a log may take to be stored before the attempt ends without them. */
const LOG_CLOSE_MS = 2_000;

/**
 * Runs an executor on a task, with the results it builds on, its output going to the task's log. Never throws.
 * @returns also the task as the executor was given it: whole
 */
export async function execute(
  { session, agent, executor, emit }: ExecutionOf,
  run: { task: TaskRecord; attempt: number; event?: WatchedEvent },
  signal: AbortSignal,
  onSession?: (session: AgentSession) => void,
): Promise<{ outcome: Outcome; task: TaskRecord }> {
  const { attempt } = run;
  let { task } = run;
  const { task_id, epoch } = task;
  const { agent_id } = agent;
  const log = new LogWriter(session, { task_id, attempt, epoch, agent_id });
  try {
    const [whole, blockers, [parent]] = await Promise.all([
      wholeTask(session, task, signal),
      relatedTasks(session, task.blocked_by, signal),
      relatedTasks(session, task.parent_id === null ? [] : [task.parent_id], signal),
    ]);
    task = whole;
    // Who only watches can do without it.
    if (task.payload_object && task.payload === null && run.event === undefined) {
      const message = `its payload is not stored any more (${task.payload_object})`;
      return { outcome: { kind: "failed", reason: "invalid_input", message, result: null }, task };
    }
    const input = { ...run, task, agent, epoch, blockers, parent: parent ?? null };
    const outcome = await executor.run(input, {
      runId: randomUUID(),
      signal,
      ...(onSession && { onSession }),
      log: (stream, line) => {
        log.write(stream, line);
        emit({ type: "output", agent_id, task_id, stream, line });
      },
    });
    return { outcome, task };
  } catch (error) {
    const failed = { kind: "failed", reason: "agent_error", message: messageOf(error), result: null } as const;
    return { outcome: signal.aborted ? { kind: "stopped" } : failed, task };
  } finally {
    if (!log.settled) await Promise.race([log.close(), new Promise((resolve) => setTimeout(resolve, LOG_CLOSE_MS))]);
  }
}
