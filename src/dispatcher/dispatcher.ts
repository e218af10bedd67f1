import { isRefused } from "../domain/admission.js";
import { type Action, reconcile } from "../domain/reconcile.js";
import { isRejected, type TaskEvent } from "../domain/lifecycle.js";
import type { Liveness, Verdict } from "../domain/liveness.js";
import { isMove, type TaskEventName } from "../domain/message.js";
import { FleetView } from "../domain/view.js";
import { announceMove, announceRecord } from "../nats/feed.js";
import type { Notices } from "../nats/notices.js";
import { queuedTokens, sendToken } from "../nats/queue.js";
import { watchRoles } from "../nats/registry.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import type { WorkspaceState } from "../domain/settings.js";
import { publishRecord } from "../nats/publish.js";
import { watchSettings } from "../nats/workspace-settings.js";
import { hearAgain } from "./attendance.js";
import { Pruner } from "./pruner.js";
import { SlotMender } from "./slots.js";

/** Tokens may be lost (a server that lost its last writes): what the queue holds is compared this often. */
const AUDIT_MS = 30_000;
/** After something could not be done: look again. */
const RETRY_MS = 1_000;
const MAX_SLEEP_MS = 60_000;

/**
 * The leader's work: a live view of all records, held against what should be, over and over (level-triggered).
 * It keeps nothing that could not be rebuilt from the records.
 */
export class Dispatcher {
  readonly #view = new FleetView();
  readonly #store: TaskStore;
  readonly #pruner: Pruner;
  readonly #dirty = new Set<string>();
  /** Tasks that must wait for files. */
  #waiting: ReadonlySet<string> = new Set();
  #settings: WorkspaceState | undefined;
  #everything = false;
  #ready = { tasks: false, roles: false };
  #running = false;
  /** A look is about to begin. */
  #lookDue = false;
  #wake: NodeJS.Timeout | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly session: Session,
    private readonly liveness: Liveness,
    private readonly signal: AbortSignal,
    private readonly notices: Notices,
  ) {
    this.#store = new TaskStore(session);
    const settings = (): WorkspaceState | undefined => (this.#isReady() ? this.#settings : undefined);
    this.#pruner = new Pruner(session, this.#view, () => settings()?.rules.retention_ms, signal, notices);
    this.#store.watch({
      signal,
      onTask: (record, revision) => {
        this.#look(this.#view.apply(record, revision));
        if (record.files.length > 0 && record.status !== "available") this.#look(this.#waiting);
      },
      onRemoved: (id, revision, tombstone) => {
        this.#view.remove(id, revision, tombstone);
        this.#look(this.#waiting);
      },
      onUnreadable: ({ message, hint }) => this.notices.say(`${message}: left alone; ${hint ?? ""}`),
      onCaughtUp: () => this.#setReady("tasks"),
      onReset: () => {
        this.#ready.tasks = false;
        this.#view.forgetTasks();
        this.notices.say("the task bucket is not the one it was: reading it anew");
      },
    });
    watchRoles(session, {
      signal,
      onRole: (name, role) => {
        if (role) this.#view.setRole(role);
        else this.#view.removeRole(name);
        this.lookAtAll();
      },
      onCaughtUp: () => this.#setReady("roles"),
    });
    watchSettings(session, {
      signal,
      onState: (state) => {
        const before = this.#settings;
        this.#settings = state;
        if (!before) this.#begin();
        else if (state.rules.retention_ms !== before.rules.retention_ms) this.#pruner.look();
        this.#look(this.#waiting);
      },
    });
    new SlotMender(session, this.#view, liveness, settings, signal);
    const audit = setInterval(() => void this.#audit(), AUDIT_MS);
    const offReconnect = session.onReconnect(() => void this.#audit());
    signal.addEventListener(
      "abort",
      () => {
        offReconnect();
        clearInterval(audit);
        clearTimeout(this.#wake);
      },
      { once: true },
    );
  }

  /** Something changed that may concern any task (an agent came, went or fell silent). */
  lookAtAll(): void {
    this.#everything = true;
    this.#schedule(0);
  }

  #setReady(part: "tasks" | "roles"): void {
    this.#ready[part] = true;
    this.#begin();
  }

  /** Once all is known that decides. */
  #begin(): void {
    if (!this.#isReady()) return;
    void this.#audit();
    this.#pruner.look();
  }

  #isReady(): boolean {
    return this.#ready.tasks && this.#ready.roles && this.#settings !== undefined;
  }

  #look(ids: Iterable<string>): void {
    for (const id of ids) this.#dirty.add(id);
    if (this.#dirty.size > 0) this.#schedule(0);
  }

  /** The timer goes on beside a look that is due now: it stands for tasks that look may leave out. */
  #schedule(ms: number): void {
    if (this.signal.aborted) return;
    if (ms <= 0) {
      if (this.#lookDue) return;
      this.#lookDue = true;
      // After everything that came in one read of the socket, and before the next.
      queueMicrotask(() => void this.#pass());
      return;
    }
    const sleep = Math.min(ms, MAX_SLEEP_MS);
    const at = performance.now() + sleep;
    if (at >= this.#wakeAt) return;
    clearTimeout(this.#wake);
    this.#wakeAt = at;
    this.#wake = setTimeout(() => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.lookAtAll();
    }, sleep);
  }

  /** One look: decide, then do. What happens meanwhile is for the next look. */
  async #pass(): Promise<void> {
    this.#lookDue = false;
    if (this.#running || !this.#isReady()) return;
    this.#running = true;
    try {
      while (!this.signal.aborted && this.#settings && (this.#everything || this.#dirty.size > 0)) {
        const ids = this.#everything ? undefined : [...this.#dirty];
        this.#everything = false;
        this.#dirty.clear();
        const [now, clock, settings] = [performance.now(), Date.parse(this.session.now()), this.#settings];
        const { roles: attended, recheck_ms } = this.liveness.attended(now, (of) => isRefused(settings, of, clock));
        const verdict = (id: string, instanceId: string): Verdict => this.liveness.verdict(id, instanceId, now);
        const input = { now: clock, verdict, settings, attended };
        const { actions, wake_ms, waiting } = reconcile(this.#view, input, ids);
        this.#waiting = waiting ?? this.#waiting;
        for (const id of this.#waiting) this.#view.forgetTokens(id);
        await Promise.all(actions.map((action) => this.#do(action)));
        if (wake_ms !== null) this.#schedule(Math.max(wake_ms, 1));
        // Those who wait behind a task that nobody takes any more need not.
        if (this.#waiting.size > 0 && recheck_ms !== null) this.#schedule(Math.max(recheck_ms, 1));
      }
    } finally {
      this.#running = false;
    }
  }

  async #do(action: Action): Promise<void> {
    try {
      if (action.do === "token") await this.#sendToken(action);
      else if (action.do === "publish") await this.#publish(action);
      else await this.#apply(action.task_id, action.event);
    } catch (error) {
      if (this.signal.aborted) return;
      this.notices.trouble(`${action.do} ${action.task_id}`, error);
      this.#schedule(RETRY_MS);
    }
  }

  async #sendToken(action: Extract<Action, { do: "token" }>): Promise<void> {
    const known = this.#view.known(action.task_id);
    if (!known) return;
    this.#view.tokenSent(action.task_id, action.role);
    try {
      await sendToken(this.session, action.role, action.lane, known);
    } catch (error) {
      this.#view.forgetToken(action.task_id, action.role);
      throw error;
    }
  }

  /** A hand-off. Blockers it names count as open: the next look unblocks it if they are not. */
  async #publish({ task_id, task }: Extract<Action, { do: "publish" }>): Promise<void> {
    await publishRecord(this.session, task_id, task, task.blocked_by?.length ? ["open"] : []);
  }

  async #apply(taskId: string, event: TaskEvent): Promise<void> {
    const known = this.#view.known(taskId);
    if (event.type === "owner_lost" && (await this.#beatUnseen(event.fence.owner))) return;
    const outcome = await this.#store.apply(taskId, event, { known });
    if (isRejected(outcome)) return;
    const name = eventOf(event, outcome.record.status);
    const by = { agent_id: known?.record.owner ?? null, attempt: outcome.record.attempts };
    if (name) await announceRecord(this.session, name, outcome.record, by);
    // Not waited for: its token should not be later for it.
    if (isMove(event.type)) {
      announceMove(this.session, outcome, event.type).catch((error: unknown) => {
        if (!this.signal.aborted) this.notices.trouble(`announcing that ${taskId} is ${event.type}`, error);
      });
    }
  }

  /** Whether the stream holds a beat of this agent that has not reached us. */
  async #beatUnseen(agentId: string): Promise<boolean> {
    const { again } = await hearAgain(this.session, this.liveness, agentId);
    if (again) this.#schedule(1);
    return again;
  }

  /** Compares the tokens that should be there with those that are. */
  async #audit(): Promise<void> {
    if (!this.#isReady() || this.signal.aborted) return;
    try {
      const queued = await queuedTokens(this.session);
      this.#view.learnTokens((id, role, lane) => queued.has(this.session.names.token(role, lane, id)));
      this.lookAtAll();
    } catch {
      // Not answered: soon again, or tokens that were lost wait for the next regular one.
      setTimeout(() => void this.#audit(), RETRY_MS).unref();
    }
  }
}

function eventOf(event: TaskEvent, status: string): TaskEventName | null {
  if (event.type === "owner_lost") return status === "failed" ? "failed" : "released";
  return event.type === "blocker_failed" ? "failed" : null;
}
