import { type AgentDefinition, agentIdOf, registrationOf } from "../domain/role.js";
import type { TaskRecord } from "../domain/task.js";
import { messageOf } from "../errors.js";
import type { Executor } from "../executors/executor.js";
import type { ControlReply, ControlRequest } from "../nats/control.js";
import type { Notices } from "../nats/notices.js";
import { TokenSource } from "../nats/queue.js";
import { registerRole } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { whileStarting } from "../nats/starting.js";
import type { Admission } from "./admission.js";
import { Attempt, type AttemptContext, attemptId } from "./attempt.js";
import { Claimer } from "./claimer.js";
import type { EventListener, StopCause } from "./events.js";
import type { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { Provider } from "./provider.js";
import { Watcher } from "./watcher.js";

export interface AgentOptions {
  role: AgentDefinition;
  executor: Executor;
  instanceId: string;
  /** The provider account it works with; default: none that is known. */
  account?: string | null;
  /** The agent id to go by; default: the role's display name. */
  id?: string;
  heartbeatMs: number;
  leaseMs: number;
  slots: number;
  outbox: Outbox;
  admission: Admission;
  emit: EventListener;
  notices: Notices;
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
  /** Aborts when nothing is claimed any more. */
  readonly draining: AbortSignal = this.#draining.signal;
  /** Resolves when it is offline, whoever wanted it so. */
  readonly left: Promise<void>;
  readonly role: AgentDefinition;
  /** Aborted when reports that are still on their way are left to the outbox. */
  readonly #givingUp = new AbortController();
  readonly #presence: Presence;
  readonly #claimer: Claimer;
  readonly #provider: Provider;
  #loop: Promise<void> = Promise.resolve();
  #watcher: Watcher | undefined;

  private constructor(
    private readonly session: Session,
    private readonly options: AgentOptions,
  ) {
    const { role, instanceId, heartbeatMs, leaseMs, slots, emit, account = null } = options;
    this.role = role;
    this.#provider = new Provider(options.admission, account);
    this.#presence = new Presence(session, {
      ...{ wantedId: options.id ?? agentIdOf(role), role: role.name, description: role.description },
      ...{ instanceId, heartbeatMs, leaseMs, slots, account, emit },
      running: () => this.running,
      isDraining: () => this.draining.aborted,
      onBeat: () => {
        for (const { attempt } of this.#attempts.values()) void attempt.stopUnlessOurs();
      },
      // Our records are the other process' to hand out now.
      onIdentityLost: () => this.#stopAll("lost"),
      onControl: (request) => this.#answer(request),
      onGone: () => this.#draining.abort(),
    });
    this.left = this.#presence.left;
    this.#claimer = new Claimer(session, {
      ...{ role, instanceId, slots, emit, account, admission: options.admission, notices: options.notices },
      limit: options.limit ?? Number.POSITIVE_INFINITY,
      draining: this.#draining.signal,
      owner: () => this.#presence.ready.then(() => this.id),
      running: () => this.#attempts.size,
      isRunning: (id) => this.#attempts.has(id),
      onClaimed: (task, leave) => this.#run(new Attempt(this.#context(), task), leave),
    });
  }

  /** Makes the role known, takes an id, starts beating, and only then starts to claim. */
  static async start(session: Session, options: AgentOptions): Promise<Agent> {
    const agent = new Agent(session, options);
    const { role } = options;
    await whileStarting(() => registerRole(session, registrationOf(role)));
    await whileStarting(() => agent.#presence.register());
    if (role.watch.length > 0) {
      const changed = (): void => agent.#presence.changed();
      const gate = options.admission.gate(
        { name: role.name, max_running: null, account: options.account ?? null },
        role.budget,
      );
      agent.#watcher = await Watcher.start(
        role,
        () => agent.#context(),
        agent.#draining.signal,
        changed,
        gate,
        options.notices,
      );
      agent.#loop = agent.#watcher.ended;
    } else if (options.limit !== 0) {
      agent.#loop = agent.#claimer.take(await TokenSource.open(session, role.name));
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
    this.#claimer.slotFreed();
    this.#presence.changed();
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

  /** Claims a task and begins to run it. @returns its record, or null when there is nothing to claim, or not now */
  async claim(taskId: string): Promise<TaskRecord | null> {
    if (this.draining.aborted) return null;
    const claimed = await this.#claimer.claim(taskId);
    return typeof claimed === "string" ? null : claimed;
  }

  /** Resolves when nothing holds its role back (a pause, a limit), or the signal aborts. */
  async admitted(signal: AbortSignal): Promise<void> {
    await this.#claimer.gate.open(signal);
  }

  #run(attempt: Attempt, leave: () => void): void {
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
        leave();
        this.#claimer.slotFreed();
      });
    this.#attempts.set(attempt.id, { attempt, done });
    this.#presence.changed();
  }

  async #answer(request: ControlRequest): Promise<ControlReply> {
    const reply = { instance_id: this.options.instanceId, stopped: false };
    if (request.do === "drain") return { ...reply, running: this.#leave(request.by) };
    if (request.do !== "cancel") return reply;
    const running = this.#attempts.get(attemptId(request));
    // Anybody can ask: what counts is what the record says.
    if (!(await running?.attempt.stopUnlessOurs())) return reply;
    await running?.done;
    return { ...reply, stopped: true };
  }

  /** Somebody asked for it. @returns the tasks that finish first */
  #leave(by: string): string[] {
    const { id, running } = this;
    const message = `${id} is drained by ${by}: it finishes ${running.length} running and leaves`;
    if (!this.draining.aborted) this.options.emit({ type: "notice", message });
    void this.drain();
    return running;
  }

  #stopAll(cause: StopCause): void {
    for (const { attempt } of this.#attempts.values()) attempt.stop(cause);
    this.#watcher?.stop();
  }

  #context(): AttemptContext {
    const { role, executor, outbox, emit, admission } = this.options;
    const agent = { agent_id: this.id, role: role.name, description: role.description };
    return {
      session: this.session,
      agent,
      role,
      executor,
      outbox,
      emit,
      provider: this.#provider,
      budgets: admission.budgets,
    };
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
