import { attemptState } from "../domain/attempt-state.js";
import { matches } from "../domain/route.js";
import type { FailureReason } from "../domain/reasons.js";
import type { AgentDefinition } from "../domain/role.js";
import type { Json } from "../domain/json-value.js";
import type { TaskRecord } from "../domain/task.js";
import { MjError } from "../errors.js";
import { collecting } from "../executors/collecting.js";
import { type Handler, handlerExecutor, handlerOutcome, type HandlerResult } from "../executors/handler.js";
import { reportError } from "../nats/feed.js";
import { TokenSource } from "../nats/queue.js";
import { publishJson, type Session } from "../nats/session.js";
import { wholeTask } from "../nats/artifacts.js";
import { TaskStore } from "../nats/task-store.js";
import type { Agent } from "../worker/agent.js";
import type { EventListener } from "../worker/events.js";
import { Launcher } from "../worker/launcher.js";
import { type ClientOptions, Connection } from "./connection.js";
import { ManualExecutor } from "./manual-executor.js";

export interface WorkerOptions extends ClientOptions {
  /** From `defineAgent`. */
  agent: AgentDefinition;
  /** The agent id to go by; default: the display name. */
  id?: string;
  /** Ms between two heartbeats; default 30,000. */
  heartbeatMs?: number;
  /** Ms of silence after which the agent counts as lost; default 3 heartbeats. */
  leaseMs?: number;
  onEvent?: EventListener;
}

/** A task that was offered and not claimed is offered again after this long. */
const DECLINED_MS = 5_000;
const LOOK_MS = 20;

/**
 * An agent in a program of your own: `run(handler)` does everything; the other methods are for those who write the
 * loop themselves. Heartbeats go on by themselves from `register` on; a handler must not block the event loop.
 *
 * @example
 * await using worker = new WorkerClient({ agent: defineAgent({ name: "debbie", match: { types: ["design"] } }) });
 * await worker.run(async ({ task }) => ({ summary: `designed ${task.title}` }));
 */
export class WorkerClient implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #manual = new ManualExecutor();
  readonly #closing = new AbortController();
  #launcher: Promise<Launcher> | undefined;
  #running: Promise<void> | undefined;

  constructor(private readonly options: WorkerOptions) {
    const { agent, id, heartbeatMs, leaseMs, onEvent, ...connect } = options;
    this.#connection = new Connection("worker", connect);
  }

  /** Takes an agent id and begins to beat. @returns the id: the wanted one, or `<id>-2`, … when that one is running. */
  async register(): Promise<string> {
    return (await this.#agent()).id;
  }

  /** One heartbeat now, besides the regular ones. */
  async heartbeat(): Promise<void> {
    await (await this.#agent()).beatNow();
  }

  /**
   * Tasks that this agent could claim, best priority first, as they come. Claim one before asking for the next, or it
   * is left to others. Ends when the loop is left, the worker is closed, or somebody drains the agent.
   */
  async *watchTasks(): AsyncGenerator<TaskRecord, void, undefined> {
    const agent = await this.#agent();
    const session = await this.#connection.session();
    const source = await TokenSource.open(session, this.options.agent.name);
    const signal = AbortSignal.any([this.#closing.signal, agent.draining]);
    while (!signal.aborted) {
      await agent.admitted(signal);
      for (const token of await source.pull(1, signal)) {
        const stored = await new TaskStore(session).get(token.task_id);
        if (stored?.record.status !== "available" || !matches(stored.record, this.options.agent.match)) {
          token.ack();
          continue;
        }
        let left = true;
        try {
          yield await wholeTask(session, stored.record);
          left = false;
        } finally {
          if (agent.running.includes(token.task_id)) token.ack();
          else token.release(left ? 0 : DECLINED_MS);
        }
      }
    }
  }

  /** Claims a task. @returns its record as claimed, or null when somebody else was first, it is not available, or may not run now. */
  async claimTask(task: string | Pick<TaskRecord, "task_id">): Promise<TaskRecord | null> {
    const agent = await this.#agent();
    const record = await agent.claim(idOf(task));
    if (!record) return null;
    // The results it builds on are read first; only then can it be settled or stopped.
    const { task_id } = record;
    await until(() => this.#manual.signal(task_id) !== undefined || !agent.running.includes(task_id));
    return this.#manual.task(task_id) ?? record;
  }

  /** Aborted when a claimed task is not ours any more (cancelled, or taken over): stop working on it. */
  taskSignal(task: string | Pick<TaskRecord, "task_id">): AbortSignal | undefined {
    return this.#manual.signal(idOf(task));
  }

  /** Reports a claimed task as done. Resolves when the record says so. @throws MjError conflict: it is not ours */
  async completeTask(task: string | Pick<TaskRecord, "task_id">, result?: HandlerResult | string): Promise<void> {
    await this.#settle(idOf(task), handlerOutcome(result, 0));
  }

  /** Reports a failed attempt; it is tried again unless the reason is a permanent one or the attempts are used up. */
  async failTask(
    task: string | Pick<TaskRecord, "task_id">,
    message: string,
    reason: FailureReason = "agent_error",
  ): Promise<void> {
    await this.#settle(idOf(task), { kind: "failed", reason, message, result: null });
  }

  /** Says something to the other agents, on `mjwork.coordination`. */
  async coordinate(message: Json): Promise<void> {
    const session = await this.#connection.session();
    const agent_id = await this.register();
    const body = { agent_id, message, timestamp: session.now() };
    await publishJson(session, session.names.channel("coordination"), body);
  }

  /** Reports a problem on `mjwork.errors`. */
  async reportError(message: string, of: { task_id?: string } = {}): Promise<void> {
    const agent_id = await this.register();
    await reportError(await this.#connection.session(), { reason: "agent_error", message, agent_id, ...of });
  }

  /** Works until the signal aborts, the worker is closed or its agent is drained: then running tasks finish first. */
  async run(handler: Handler, options: { concurrency?: number; signal?: AbortSignal } = {}): Promise<void> {
    if (this.#launcher || this.#running) {
      throw new MjError("usage", "run() and the methods of your own loop exclude one another");
    }
    this.#running = this.#run(handler, options).finally(() => (this.#running = undefined));
    await this.#running;
  }

  async #run(handler: Handler, options: { concurrency?: number; signal?: AbortSignal }): Promise<void> {
    const { concurrency } = options;
    const executor = handlerExecutor(handler);
    const session = await this.#connection.session();
    const launcher = await (this.#launcher = this.#start(session, executor, {
      ...(concurrency !== undefined && { concurrency }),
    }));
    const signal = options.signal ? AbortSignal.any([options.signal, this.#closing.signal]) : this.#closing.signal;
    const ended = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    if (!signal.aborted) await Promise.race([ended, launcher.left()]);
    await launcher.drain();
  }

  /**
   * Ends `run` once its running tasks have finished; tasks of your own loop that are not completed are handed back,
   * uncounted. Then the agent is offline and the connection closed. For programs without `await using`: in a `finally`.
   * Not to be awaited by a handler, which it waits for.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running?.catch(() => undefined);
    await (await this.#launcher?.catch(() => undefined))?.stop();
    await this.#connection[Symbol.asyncDispose]();
  }

  /** `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #agent(): Promise<Agent> {
    const session = await this.#connection.session();
    const launcher = await (this.#launcher ??= this.#start(session, this.#manual, { limit: 0 }));
    const [agent] = launcher.agents;
    if (!agent) throw new MjError("failure", "this worker is closed");
    return agent;
  }

  #start(
    session: Session,
    executor: Parameters<typeof Launcher.start>[1]["agents"][number]["executor"],
    more: { concurrency?: number; limit?: number },
  ): Promise<Launcher> {
    const { agent, id, heartbeatMs, leaseMs, onEvent } = this.options;
    return Launcher.start(session, {
      agents: [
        {
          role: agent,
          executor: collecting(executor, { cwd: process.cwd(), globs: [] }),
          ...(id !== undefined && { id }),
        },
      ],
      ...(heartbeatMs !== undefined && { heartbeatMs }),
      ...(leaseMs !== undefined && { leaseMs }),
      ...(onEvent && { onEvent }),
      ...more,
    });
  }

  async #settle(taskId: string, outcome: Parameters<ManualExecutor["settle"]>[1]): Promise<void> {
    const agent = await this.#agent();
    const fence = this.#manual.settle(taskId, outcome);
    if (!fence) throw notOurs(taskId);
    await until(() => !agent.running.includes(taskId));
    const stored = await new TaskStore(await this.#connection.session()).get(taskId);
    if (!stored || attemptState(stored.record, fence) !== "reported") throw notOurs(taskId);
  }
}

const notOurs = (taskId: string): MjError =>
  new MjError("conflict", `task ${taskId} is not being worked on here`, {
    why: "it was not claimed by this worker, or was cancelled or taken over since",
  });

async function until(isTrue: () => boolean): Promise<void> {
  for (let ms = 0; !isTrue(); ms = LOOK_MS) await new Promise((resolve) => setTimeout(resolve, ms));
}

const idOf = (task: string | Pick<TaskRecord, "task_id">): string => (typeof task === "string" ? task : task.task_id);
