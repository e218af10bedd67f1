import type { AgentState, Snapshot } from "../domain/snapshot.js";
import type { TaskEventMessage, TaskEventName } from "../domain/message.js";
import { STATUSES, type Status, type TaskRecord } from "../domain/task.js";
import { followEvents } from "../nats/feed.js";
import { snapshot } from "../operations/snapshot.js";
import { getTask, listTasks } from "../operations/tasks.js";
import { type ClientOptions, Connection } from "./connection.js";
import { Channel } from "./channel.js";

/**
 * One event of one task's life, as it happens. `available` without a `reason` is a new task; with one it moved on
 * (unblocked, due, approved, retried), and `status` tells whether it can be taken now.
 */
export interface MonitoredEvent extends TaskEventMessage {
  event: TaskEventName | "available";
}

/**
 * Looks on.
 *
 * @example
 * await using monitor = new MonitorClient();
 * for await (const { event, task_id } of monitor.watch()) console.log(event, task_id);
 */
export class MonitorClient implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #closing = new AbortController();

  constructor(options: ClientOptions = {}) {
    this.#connection = new Connection("monitor", options);
  }

  /** The record of a task: its `status` and everything else. @throws MjError not_found */
  async getTaskStatus(taskId: string): Promise<TaskRecord> {
    return await getTask(await this.#connection.session(), taskId);
  }

  /** Every task, newest first, by status; each status is there, also when it has none. */
  async getAllTasks(): Promise<Record<Status, TaskRecord[]>> {
    const tasks = await listTasks(await this.#connection.session());
    const groups = Object.fromEntries(STATUSES.map((status) => [status, [] as TaskRecord[]]));
    for (const task of tasks) groups[task.status]?.push(task);
    return groups as Record<Status, TaskRecord[]>;
  }

  /** Every agent by its last beat. */
  async getAgents(): Promise<AgentState[]> {
    return (await this.getSnapshot()).agents;
  }

  /** Agents, tasks by status and what needs attention, now. */
  async getSnapshot(): Promise<Snapshot> {
    return await snapshot(await this.#connection.session());
  }

  /** What happens to tasks from now on, until the loop is left or the monitor is closed. */
  async *watch(): AsyncGenerator<MonitoredEvent, void, undefined> {
    const session = await this.#connection.session();
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#closing.signal]);
    const channel = new Channel<MonitoredEvent>(signal);
    followEvents(session, signal, (event, message) => channel.push({ ...message, event }));
    try {
      yield* channel;
    } finally {
      done.abort();
    }
  }

  /** Ends every `watch` and closes the connection. For programs without `await using`: in a `finally`. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection[Symbol.asyncDispose]();
  }

  /** `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
