import { claimOf } from "../domain/claim.js";
import { isRejected } from "../domain/lifecycle.js";
import { type AgentDefinition, agentIdOf, registrationOf } from "../domain/role.js";
import { matches } from "../domain/route.js";
import type { TaskRecord } from "../domain/task.js";
import { messageOf } from "../errors.js";
import type { Executor } from "../executors/executor.js";
import type { ControlReply, ControlRequest } from "../nats/control.js";
import { announceRecord } from "../nats/feed.js";
import { type Token, TokenSource } from "../nats/queue.js";
import { registerRole } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { type StoredTask, TaskStore } from "../nats/task-store.js";
import { Attempt, type AttemptContext, attemptId } from "./attempt.js";
import type { EventListener, StopCause } from "./events.js";
import type { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { Watcher } from "./watcher.js";

export interface AgentOptions {
  role: AgentDefinition;
  executor: Executor;
  instanceId: string;
  /** The agent id to go by; default: the role's display name. */
  id?: string;
  heartbeatMs: number;
  leaseMs: number;
  slots: number;
  outbox: Outbox;
  emit: EventListener;
  /** Claim this many tasks and no more; default: no limit. 0: none by itself, only what `claim` is asked for. */
  limit?: number;
}

/** How long commands get to end, and then their reports to arrive, before those are left to the outbox. */
const REPORT_MS = 20_000;

/**
 * One agent: registered under an id of its own, beating, and taking tasks of its role while it has free slots.
 * Two ways to end it: `drain` lets running work finish, `stop` ends it and hands it back.
 */
export class Agent {
  /** By attempt, not by task: a task that was taken from one attempt may come back as another. */
  readonly #attempts = new Map<string, { attempt: Attempt; done: Promise<void> }>();
  /** Ends of attempts that are being announced. */
  readonly #announcing = new Set<Promise<void>>();
  readonly #draining = new AbortController();
  /** Aborted when reports that are still on their way are left to the outbox. */
  readonly #givingUp = new AbortController();
  readonly #presence: Presence;
  #claims = 0;
  /** Tokens being turned into claims: they hold a slot already. */
  #claiming = 0;
  #slotFreed: () => void = () => undefined;
  #loop: Promise<void> = Promise.resolve();
  #watcher: Watcher | undefined;

  private constructor(
    private readonly session: Session,
    private readonly options: AgentOptions,
  ) {
    const { role, instanceId, heartbeatMs, leaseMs, slots, emit } = options;
    this.#presence = new Presence(session, {
      ...{ wantedId: options.id ?? agentIdOf(role), role: role.name, description: role.description },
      ...{ instanceId, heartbeatMs, leaseMs, slots, emit },
      running: () => this.running,
      onBeat: () => {
        for (const { attempt } of this.#attempts.values()) void attempt.stopUnlessOurs();
      },
      // Our records are the other process' to hand out now.
      onIdentityLost: () => this.#stopAll("lost"),
      onControl: (request) => this.#answer(request),
      onGone: () => this.#draining.abort(),
    });
  }

  /** Makes the role known, takes an id, starts beating, and only then starts to claim. */
  static async start(session: Session, options: AgentOptions): Promise<Agent> {
    const agent = new Agent(session, options);
    const { role } = options;
    await registerRole(session, registrationOf(role));
    await agent.#presence.register();
    if (role.watch.length > 0) {
      const changed = (): void => agent.#presence.changed();
      agent.#watcher = await Watcher.start(role, () => agent.#context(), agent.#draining.signal, changed);
      agent.#loop = agent.#watcher.ended;
    } else if (options.limit !== 0) {
      agent.#loop = agent.#take(await TokenSource.open(session, role.name));
    }
    return agent;
  }

  get id(): string {
    return this.#presence.id;
  }

  /** Ids of the tasks that run here now. */
  get running(): string[] {
    const claimed = [...this.#attempts.values()].map(({ attempt }) => attempt.task.task_id);
    return [...new Set([...claimed, ...(this.#watcher?.running ?? [])])];
  }

  /** True when nothing runs and everything that ended was announced. */
  get idle(): boolean {
    return this.running.length === 0 && this.#announcing.size === 0;
  }

  /** Beats now, besides the regular beats. */
  async beatNow(): Promise<void> {
    await this.#presence.beatNow();
  }

  /** Resolves when nothing is claimed any more, nothing runs, and the world was told. */
  async drained(): Promise<void> {
    await this.#loop;
    while (this.#attempts.size > 0) await Promise.all([...this.#attempts.values()].map(({ done }) => done));
    await Promise.all(this.#announcing);
  }

  /** No new claims; running work finishes; heartbeats go on until then; offline at the end. */
  async drain(): Promise<void> {
    this.#draining.abort();
    this.#slotFreed();
    await this.drained();
    await this.#presence.goOffline();
  }

  /** Ends running commands, hands their tasks back uncounted, and goes offline. */
  async stop(): Promise<void> {
    this.#stopAll("shutdown");
    const drained = this.drain();
    const bound = setTimeout(() => this.#givingUp.abort(), REPORT_MS);
    // Without a server there is nobody to report to: once the commands have ended, the outbox has it.
    const ended = Promise.all([...this.#attempts.values()].map(({ attempt }) => attempt.ended));
    void ended.then(() => this.session.isConnected() || this.#givingUp.abort());
    await Promise.race([drained, aborted(this.#givingUp.signal)]);
    clearTimeout(bound);
    this.#givingUp.abort();
  }

  /**
   * Claims a task and begins to run it.
   * @param known what it is believed to be: saves a read
   * @returns its record, or null when there is nothing to claim: somebody else was first, or it is not available
   */
  async claim(taskId: string, known?: StoredTask): Promise<TaskRecord | null> {
    const { role, instanceId, emit } = this.options;
    await this.#presence.ready;
    const owner = this.id;
    const outcome = await new TaskStore(this.session).apply(taskId, claimOf(role, owner, instanceId), {
      known,
      patienceMs: Number.POSITIVE_INFINITY,
      applied: (record) =>
        record.status === "in_progress" &&
        record.owner === owner &&
        record.instance_id === instanceId &&
        !this.#attempts.has(attemptId(record)),
    });
    if (isRejected(outcome)) return null;
    const { record } = outcome;
    this.#claims++;
    this.#run(new Attempt(this.#context(), outcome));
    emit({ type: "claimed", agent_id: owner, task: record });
    announceRecord(this.session, "claimed", record, { agent_id: owner, attempt: record.attempts }).catch(
      (error: unknown) =>
        emit({ type: "notice", message: `${taskId}: claimed, but not announced: ${messageOf(error)}` }),
    );
    return record;
  }

  async #take(source: TokenSource): Promise<void> {
    const { signal } = this.#draining;
    const { slots, limit = Number.POSITIVE_INFINITY } = this.options;
    while (!signal.aborted && this.#claims < limit) {
      const free = Math.min(slots - this.#attempts.size, limit - this.#claims) - this.#claiming;
      if (free <= 0) {
        await new Promise<void>((resolve) => (this.#slotFreed = resolve));
        continue;
      }
      for (const token of await source.pull(free, signal)) {
        this.#claiming++;
        void this.#claimToken(token).finally(() => {
          this.#claiming--;
          this.#slotFreed();
        });
      }
    }
    while (this.#claiming > 0) await new Promise<void>((resolve) => (this.#slotFreed = resolve));
  }

  async #claimToken(token: Token): Promise<void> {
    const { role, emit } = this.options;
    try {
      // A role may have changed since the token was made: what it does not match any more is not for us.
      const isOurs = token.snapshot === undefined || matches(token.snapshot.record, role.match);
      if (this.#draining.signal.aborted) token.release();
      else {
        if (isOurs) await this.claim(token.task_id, token.snapshot);
        token.ack();
      }
    } catch (error) {
      token.release(1_000);
      if (!this.session.nc.isClosed()) emit({ type: "notice", message: `${token.task_id}: ${messageOf(error)}` });
    }
  }

  #run(attempt: Attempt): void {
    const { task_id } = attempt.task;
    for (const { attempt: other } of this.#attempts.values()) if (other.task.task_id === task_id) other.stop("lost");
    const done = attempt
      .run(this.#givingUp.signal)
      .catch((error: unknown) => {
        const message = `${task_id}: its result waits in the outbox (${messageOf(error)})`;
        this.options.emit({ type: "notice", message });
      })
      .finally(() => {
        this.#attempts.delete(attempt.id);
        const announcing = attempt.announced.finally(() => this.#announcing.delete(announcing));
        this.#announcing.add(announcing);
        this.#presence.changed();
        this.#slotFreed();
      });
    this.#attempts.set(attempt.id, { attempt, done });
    this.#presence.changed();
  }

  async #answer(request: ControlRequest): Promise<ControlReply> {
    const reply = { instance_id: this.options.instanceId, stopped: false };
    if (request.do !== "cancel") return reply;
    const running = this.#attempts.get(attemptId(request));
    if (!running) return reply;
    running.attempt.stop("cancelled");
    await running.done;
    return { ...reply, stopped: true };
  }

  #stopAll(cause: StopCause): void {
    for (const { attempt } of this.#attempts.values()) attempt.stop(cause);
    this.#watcher?.stop();
  }

  #context(): AttemptContext {
    const { role, executor, outbox, emit } = this.options;
    const agent = { agent_id: this.id, role: role.name, description: role.description };
    return { session: this.session, agent, role, executor, outbox, emit };
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
