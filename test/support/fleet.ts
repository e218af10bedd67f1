import type { z } from "zod";
import { AgentDefinition } from "../../src/domain/role.js";
import { NewTask, type NewTaskInput, type TaskRecord } from "../../src/domain/task.js";
import { type Handler, handlerExecutor } from "../../src/executors/handler.js";
import type { Executor } from "../../src/executors/executor.js";
import type { Session } from "../../src/nats/session.js";
import { publishTasks } from "../../src/operations/publish.js";
import { getTask } from "../../src/operations/tasks.js";
import type { WorkerEvent } from "../../src/worker/events.js";
import { Launcher, type LauncherOptions } from "../../src/worker/launcher.js";
import { eventually } from "./eventually.js";

/** A role with short waits; it matches its own name as a type unless it says otherwise. */
export function roleOf(name: string, more: Partial<z.input<typeof AgentDefinition>> = {}): AgentDefinition {
  return AgentDefinition.parse({
    name,
    match: { types: [name] },
    retry: { max_attempts: 3, backoff: "20ms", max_backoff: "50ms" },
    ...more,
  });
}

/** A launcher with everything it told its observers. */
export interface TestLauncher extends AsyncDisposable {
  launcher: Launcher;
  events: WorkerEvent[];
  /** The ids its agents took. */
  ids: string[];
}

export interface TestAgent {
  role: AgentDefinition;
  id?: string;
  account?: string;
  run: Handler | Executor;
}

/** Starts a launcher: heartbeats of 200 ms, and a lease nothing in a test outlives unless it says so. */
export async function launch(
  session: Session,
  agents: readonly TestAgent[],
  options: Omit<LauncherOptions, "agents"> = {},
): Promise<TestLauncher> {
  const events: WorkerEvent[] = [];
  const launcher = await Launcher.start(session, {
    heartbeatMs: 200,
    leaseMs: 60_000,
    onEvent: (event) => events.push(event),
    ...options,
    agents: agents.map(({ role, id, account, run }) => ({
      role,
      executor: typeof run === "function" ? handlerExecutor(run) : run,
      ...(id !== undefined && { id }),
      ...(account !== undefined && { account }),
    })),
  });
  return {
    launcher,
    events,
    ids: launcher.agents.map((agent) => agent.id),
    [Symbol.asyncDispose]: () => launcher.stop(),
  };
}

/** Publishes tasks as an operation does. */
export async function publish(session: Session, ...tasks: NewTaskInput[]): Promise<TaskRecord[]> {
  const published = await publishTasks(
    session,
    tasks.map((task) => NewTask.parse(task)),
  );
  return published.map(({ record }) => record);
}

/** The record once it is as wanted. */
export function taskWhen(
  session: Session,
  id: string,
  wanted: TaskRecord["status"] | ((record: TaskRecord) => boolean),
  withinMs?: number,
): Promise<TaskRecord> {
  const fits = typeof wanted === "function" ? wanted : (record: TaskRecord) => record.status === wanted;
  return eventually(async () => {
    const record = await getTask(session, id);
    if (!fits(record)) throw new Error(`task ${id} never came to be as wanted: ${JSON.stringify(record)}`);
    return record;
  }, withinMs);
}

/** A door that work waits behind. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
