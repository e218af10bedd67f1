import { type ErrorGroup, groupErrors } from "../domain/error-groups.js";
import type { HistoryEntry } from "../domain/history.js";
import { isSameOverview, type Overview, overviewOf } from "../domain/overview.js";
import { AgentWatch, type ListedAgent } from "../domain/agent-watch.js";
import type { Change, NumberedChange, ViewConnection } from "../domain/change.js";
import type { TaskQuery } from "../domain/task-query.js";
import type { TaskRow } from "../domain/task-row.js";
import { type PageQuery, type TaskPage, TaskTable } from "../domain/task-table.js";
import type { Session } from "../nats/session.js";
import { Changes } from "./changes.js";
import { followFleet, LOOK_AGAIN_MS, type Surroundings } from "./follow-fleet.js";
import { LeaderWatch } from "./leader-watch.js";
import { RecentEvents } from "./recent-events.js";
import { idsOf, pageOf } from "./task-pages.js";

/** Figures that many tasks make are put together once in this time. */
const OVERVIEW_MS = 1_000;

/**
 * The whole fleet in memory, fed by what NATS tells: every question is answered from there, also while the server is
 * away, and every change is told with a number. What is asked in the same turn of the event loop in which `seq` is read
 * is as of that number.
 *
 * @example
 * using view = await LiveView.start(session, signal);
 * const off = view.subscribe(({ seq, type }) => console.log(seq, type));
 * const { tasks, next_cursor, total } = view.list({ status: ["failed"], limit: 50 });
 */
export class LiveView implements Disposable {
  readonly #changes = new Changes();
  readonly #stopped = new AbortController();
  #connection: ViewConnection;
  readonly #tasks = new TaskTable();
  /** Who worked on what, and when. */
  readonly attempts = this.#tasks.attempts;
  readonly #surroundings: Surroundings;
  readonly #agents: AgentWatch;
  readonly #events = new RecentEvents();
  /** The roles that take a task, if it can be taken. */
  readonly rolesOf = (taskId: string): readonly string[] => this.#tasks.rolesOf(taskId);
  readonly #leader: LeaderWatch;
  #overview: Overview;
  /** Until everything is known there are no changes to tell. */
  #isKnown = false;
  #rolesChanged = true;
  #isChanged = false;
  #lookedAt = performance.now();

  private constructor(
    private readonly session: Session,
    onKnown: () => void,
  ) {
    const { signal } = this.#stopped;
    this.#connection = { connected: session.isConnected(), since: session.now() };
    const offs = [session.onDisconnect(() => this.#connect(false)), session.onReconnect(() => this.#connect(true))];
    this.#surroundings = followFleet(session, signal, {
      onTask: (record, revision) => {
        const task = this.#tasks.apply(record, revision);
        if (task) this.#tell({ type: "task", task });
        if (task) this.#agents.task(record);
      },
      onTaskRemoved: (task_id, revision) => {
        if (!this.#tasks.remove(task_id, revision)) return;
        this.#agents.noTask(task_id);
        this.#tell({ type: "task_removed", task_id });
      },
      onChange: (source, agentId) => {
        this.#isChanged = true;
        if (source === "roles") this.#rolesChanged = true;
        const agent = agentId === undefined ? null : this.#agents.heard(agentId, this.#now());
        if (agent) this.#tell({ type: "agent", agent });
      },
      onReset: (source) => {
        if (source === "tasks") this.#tasks.clear();
        if (source === "tasks") this.#agents.noTask();
        this.#rolesChanged = true;
        this.#isKnown = false;
      },
      onKnown: () => {
        this.#isKnown = true;
        this.#overview = this.#takeOverview();
        this.#tell({ type: "resync" });
        onKnown();
      },
    });
    this.#leader = new LeaderWatch(session, () => void (this.#isChanged = true));
    this.#agents = new AgentWatch(this.#surroundings.beats);
    this.#overview = this.#takeOverview();
    const timer = setInterval(() => this.#look(), OVERVIEW_MS);
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      for (const off of offs) off();
    });
  }

  /**
   * Follows the fleet until it is disposed of or the signal aborts.
   * @returns once everything is known
   * @throws the signal's reason when it aborts before that
   */
  static async start(session: Session, signal: AbortSignal): Promise<LiveView> {
    signal.throwIfAborted();
    let onKnown = (): void => undefined;
    const known = new Promise<void>((resolve) => (onKnown = resolve));
    const view = new LiveView(session, onKnown);
    signal.addEventListener("abort", () => view[Symbol.dispose](), { once: true });
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    try {
      const events = view.#events.follow(session, view.#stopped.signal, (event) =>
        view.#tell({ type: "event", event }),
      );
      await Promise.race([Promise.all([known, events, view.#leader.ask()]), aborted]);
      view.#overview = view.#takeOverview();
      return view;
    } catch (error) {
      view[Symbol.dispose]();
      throw error;
    }
  }

  /** The number of the last change. */
  get seq(): number {
    return this.#changes.seq;
  }

  get connection(): ViewConnection {
    return this.#connection;
  }

  /** When the data was last known to be current, ISO-8601 UTC: now, while the server is there. */
  get as_of(): string {
    const { connected, since } = this.#connection;
    return connected ? this.session.now() : since;
  }

  /** One page of the tasks that are meant. @throws MjError usage: no cursor of this list, or no time */
  list(query: PageQuery): TaskPage {
    return pageOf(this.#tasks, query);
  }

  /** The ids of all tasks that are meant, in order. @throws MjError usage: `since` is no time */
  ids(query: TaskQuery): string[] {
    return idsOf(this.#tasks, query);
  }

  row(taskId: string): TaskRow | undefined {
    return this.#tasks.get(taskId);
  }

  /** Every task, in no order. */
  rows(): Iterable<TaskRow> {
    return this.#tasks.rows();
  }

  /** Agents by their names; one that went offline is there for another hour. */
  agents(): ListedAgent[] {
    return this.#agents.states(this.#now());
  }

  /** The fleet in figures, a second old at most while something happens. */
  overview(): Overview {
    return this.#overview;
  }

  /** The newest so many of what happened, oldest first. */
  events(limit: number): HistoryEntry[] {
    return this.#events.newest(limit);
  }

  /** The failures there are, by their causes. */
  errors(): ErrorGroup[] {
    return groupErrors(this.#tasks.rows());
  }

  /** Calls back with every change, until the function it returns is called. What the listener throws is dropped. */
  subscribe(listener: (change: NumberedChange) => void): () => void {
    return this.#changes.subscribe(listener);
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
  }

  #tell(change: Change): void {
    this.#isChanged = true;
    // Before everything is known there is nothing to change.
    if (this.#isKnown || change.type === "connection") this.#changes.tell(change);
  }

  /** Epoch ms of the server; while it is away, when it went. */
  #now(): number {
    return Date.parse(this.as_of);
  }

  #connect(connected: boolean): void {
    const since = this.session.now();
    if (connected) this.#agents.restart(Date.parse(since));
    this.#connection = { connected, since };
    this.#tell({ type: "connection", ...this.#connection });
  }

  /** Once a second; also looks at what changes without a message. */
  #look(): void {
    if (!this.#isKnown) return;
    for (const agent of this.#agents.news(this.#now())) this.#tell({ type: "agent", agent });
    const isTime = performance.now() - this.#lookedAt >= LOOK_AGAIN_MS;
    if (isTime) {
      this.#lookedAt = performance.now();
      this.#isChanged = true;
      const { changed, removed } = this.#agents.look(this.#now());
      for (const agent of changed) this.#tell({ type: "agent", agent });
      for (const agent_id of removed) this.#tell({ type: "agent_removed", agent_id });
    }
    // Its key expires without a word: it is asked for, more often while nobody is known to lead.
    if (this.#leader.known === null || isTime) void this.#leader.ask();
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const before = this.#overview;
    this.#overview = this.#takeOverview();
    if (!isSameOverview(before, this.#overview)) this.#tell({ type: "overview", overview: this.#overview });
    this.#isChanged = false;
  }

  #takeOverview(): Overview {
    const { roles, paused, quotas, budgets, spentToday } = this.#surroundings;
    if (this.#rolesChanged) this.#tasks.setRoles([...roles.values()]);
    this.#rolesChanged = false;
    return overviewOf({
      workspace: this.session.workspace.id,
      now: Date.parse(this.session.now()),
      leader: this.#leader.known,
      agents: this.agents(),
      rows: this.#tasks.rows(),
      paused,
      quotas,
      budgets: budgets(),
      spentToday: spentToday(),
      exists: (id) => this.#tasks.has(id),
      isUnrouted: ({ task_id }) => this.#tasks.isUnrouted(task_id),
    });
  }
}
