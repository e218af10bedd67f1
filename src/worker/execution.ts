import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Outcome } from "../domain/outcome.js";
import type { WatchedEvent } from "../domain/role.js";
import type { TaskRecord } from "../domain/task.js";
import { messageOf } from "../errors.js";
import type { ExecutionContext, Executor } from "../executors/executor.js";
import { wholeTask } from "../nats/artifacts.js";
import { LogWriter } from "../nats/logs.js";
import type { Session } from "../nats/session.js";
import { artifactSink } from "./artifacts.js";
import type { EventListener } from "./events.js";
import { relatedTasks } from "./related.js";

/** Who runs something, how, and who looks on. */
export interface ExecutionOf {
  session: Session;
  agent: { agent_id: string; role: string; description: string };
  executor: Executor;
  emit: EventListener;
}

/** How long the last lines of a log may take to be stored before the attempt goes on to its end without them. */
const LOG_CLOSE_MS = 2_000;
/** The same before its report is sent, the server being there: whoever sees the report looks for the log. */
const LOG_STORED_MS = 10_000;

/** Waits until a log is stored, if need be until the server is back, or until the signal aborts. */
export async function logStored(session: Session, log: LogWriter, signal: AbortSignal): Promise<void> {
  if (log.settled) return;
  const done = new AbortController();
  const bound = async (): Promise<void> => {
    await session.whenConnected(Number.POSITIVE_INFINITY);
    await sleep(LOG_STORED_MS, undefined, { signal: done.signal }).catch(() => undefined);
  };
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true, signal: done.signal });
    if (signal.aborted) resolve();
  });
  await Promise.race([log.close(), bound(), aborted]);
  done.abort();
}

/** How an executor ended. */
export interface Execution {
  outcome: Outcome;
  /** As the executor was given it: whole. */
  task: TaskRecord;
  /** Closed; what could not be stored at once may still be on its way. */
  log: LogWriter;
}

/** Runs an executor on a task, with the results it builds on, its output going to the task's log. Never throws. */
export async function execute(
  { session, agent, executor, emit }: ExecutionOf,
  run: { task: TaskRecord; attempt: number; event?: WatchedEvent },
  signal: AbortSignal,
  told: Pick<ExecutionContext, "onSession" | "onUsage"> = {},
): Promise<Execution> {
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
      return { outcome: { kind: "failed", reason: "invalid_input", message, result: null }, task, log };
    }
    const input = { ...run, task, agent, epoch, blockers, parent: parent ?? null };
    const outcome = await executor.run(input, {
      runId: randomUUID(),
      signal,
      ...told,
      artifacts: artifactSink(session, { task_id, attempt, epoch, agent_id }, signal),
      log: (stream, line, shown) => {
        log.write(stream, line, shown);
        for (const text of shown ?? [line]) emit({ type: "output", agent_id, task_id, stream, line: text });
      },
    });
    return { outcome, task, log };
  } catch (error) {
    const failed = { kind: "failed", reason: "agent_error", message: messageOf(error), result: null } as const;
    return { outcome: signal.aborted ? { kind: "stopped" } : failed, task, log };
  } finally {
    if (!log.settled) await Promise.race([log.close(), new Promise((resolve) => setTimeout(resolve, LOG_CLOSE_MS))]);
  }
}
