import { randomUUID } from "node:crypto";
import type { TaskEventMessage } from "../domain/message.js";
import type { Outcome } from "../domain/outcome.js";
import { backoffDelay } from "../domain/retry.js";
import type { AgentDefinition, WatchedEvent } from "../domain/role.js";
import { openEvents, reportError } from "../nats/feed.js";
import type { Notices } from "../nats/notices.js";
import type { Pulled, PullSource } from "../nats/pull.js";
import { decodeJson } from "../nats/json.js";
import { type StoredTask, TaskStore, Unreadable } from "../nats/task-store.js";
import type { Gate } from "./admission.js";
import type { AttemptContext } from "./attempt.js";
import { execute } from "./execution.js";

/** A run may take as long as it likes: meanwhile it says so, well within this time. */
const ACK_WAIT_MS = 30_000;
/** After an event could not be dealt with because the server did not answer. */
const RETRY_MS = 1_000;

/**
 * Runs a watching role once for each event it watches, instead of claiming tasks. An event goes to one agent of the
 * role and comes again until its run has completed or its attempts are used up; nobody being there, it waits.
 */
export class Watcher {
  readonly ended: Promise<void>;
  readonly #running = new Set<{ task_id: string; abort: AbortController }>();
  /** Events being dealt with: each holds a slot. */
  readonly #handling = new Set<Promise<void>>();

  private constructor(
    private readonly role: AgentDefinition,
    private readonly context: () => AttemptContext,
    source: PullSource,
    draining: AbortSignal,
    private readonly onChange: () => void,
    private readonly gate: Gate,
    private readonly notices: Notices,
  ) {
    this.ended = this.#loop(source, draining);
  }

  /** @param context asked anew for each run: the agent's id can change */
  static async start(
    role: AgentDefinition,
    context: () => AttemptContext,
    draining: AbortSignal,
    onChange: () => void,
    gate: Gate,
    notices: Notices,
  ): Promise<Watcher> {
    const { session } = context();
    const consumers = role.watch.map((event) => ({
      name: session.names.watchConsumer(role.name, event),
      subject: session.names.event(event),
      start: "new" as const,
      ackWaitMs: ACK_WAIT_MS,
    }));
    return new Watcher(role, context, await openEvents(session, consumers), draining, onChange, gate, notices);
  }

  /** Ids of the tasks whose events are being dealt with. */
  get running(): string[] {
    return [...this.#running].map(({ task_id }) => task_id);
  }

  /** Ends running commands; their events come again. */
  stop(): void {
    for (const { abort } of this.#running) abort.abort();
  }

  async #loop(source: PullSource, draining: AbortSignal): Promise<void> {
    const order = this.role.watch.map((_, index) => index);
    while (!draining.aborted) {
      await this.gate.open(draining);
      const free = this.role.concurrency - this.#handling.size;
      if (free <= 0) {
        await Promise.race(this.#handling);
        continue;
      }
      for (const pulled of await source.pull([{ max: free, order }], draining)) this.#take(pulled, draining);
    }
    await Promise.all(this.#handling);
  }

  #take(pulled: Pulled, draining: AbortSignal): void {
    const event = this.role.watch[pulled.from];
    if (!event || draining.aborted || !this.gate.isOpen()) {
      pulled.release();
      return;
    }
    const handled = this.#handle(event, pulled)
      .catch((error: unknown) => {
        pulled.release(RETRY_MS);
        this.notices.trouble(`${event} event`, error);
      })
      .finally(() => this.#handling.delete(handled));
    this.#handling.add(handled);
  }

  async #handle(event: WatchedEvent, pulled: Pulled): Promise<void> {
    const context = this.context();
    const { task_id } = (decodeJson(pulled.message.data) ?? {}) as Partial<TaskEventMessage>;
    const stored = typeof task_id === "string" ? await this.#read(event, task_id) : null;
    // Not an event of a task we know: malformed, or the task was removed since.
    if (!stored) {
      pulled.ack();
      return;
    }
    if (!(await context.provider.mayRun())) {
      pulled.release(RETRY_MS);
      return;
    }
    const { record } = stored;
    const startedAt = context.session.now();
    const abort = new AbortController();
    const keepAlive = setInterval(() => pulled.working(), ACK_WAIT_MS / 3);
    const running = { task_id: record.task_id, abort };
    this.#running.add(running);
    this.onChange();
    try {
      const { budgets, agent } = context;
      const meter = budgets.meter({ task: record, agent, run: { event, id: randomUUID() } }, () => abort.abort());
      const { outcome } = await execute(context, { task: record, attempt: pulled.tries, event }, abort.signal, {
        onUsage: (used) => {
          meter.used(used);
          context.provider.used(used, startedAt);
        },
      });
      await meter.close();
      const accountHeld = await context.provider.learn(outcome, startedAt, context);
      await this.#settle(event, record.task_id, pulled, outcome, accountHeld);
    } finally {
      clearInterval(keepAlive);
      this.#running.delete(running);
      this.onChange();
    }
  }

  /** A record that is not readable stays so, however often the event comes again. */
  async #read(event: WatchedEvent, task_id: string): Promise<StoredTask | null> {
    const { session, agent } = this.context();
    try {
      return await new TaskStore(session).get(task_id);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const message = `${event} event: ${error.message}; ${error.hint ?? ""}`;
      await reportError(session, { reason: "watch_failed", message, agent_id: agent.agent_id, task_id });
      return null;
    }
  }

  async #settle(
    event: WatchedEvent,
    task_id: string,
    pulled: Pulled,
    outcome: Outcome,
    accountHeld: boolean,
  ): Promise<void> {
    const { session, agent, role, emit } = this.context();
    const { agent_id } = agent;
    const { tries } = pulled;
    const message =
      outcome.kind === "completed" ? outcome.result.summary : "message" in outcome ? outcome.message : null;
    emit({ type: "watched", agent_id, task_id, event, outcome: outcome.kind, message });
    if (outcome.kind === "completed") pulled.ack();
    else if (outcome.kind === "stopped") pulled.release();
    else if (outcome.kind === "snooze" || accountHeld || tries < role.retry.max_attempts) {
      const delay = outcome.kind === "snooze" ? outcome.delay_ms : null;
      pulled.release(delay ?? backoffDelay(role.retry, tries, Math.random()));
    } else {
      const why = `${agent_id} gave up on the ${event} event of ${task_id} after ${tries} tries: ${outcome.message}`;
      await reportError(session, { reason: "watch_failed", message: why, agent_id, task_id });
      pulled.ack();
    }
  }
}
