import { handoffsOf } from "../domain/handoff.js";
import { attemptState } from "../domain/attempt-state.js";
import type { AgentSession } from "../domain/agent-session.js";
import { withBudget } from "../domain/overspent.js";
import type { Outcome } from "../domain/outcome.js";
import { type AttemptReport, reportOf, withDroppedLines } from "../domain/report.js";
import type { AgentDefinition } from "../domain/role.js";
import type { NewTask, TaskRecord } from "../domain/task.js";
import { messageOf } from "../errors.js";
import { reportError } from "../nats/feed.js";
import { LogWriter } from "../nats/logs.js";
import { type StoredTask, TaskStore } from "../nats/task-store.js";
import type { Budgets } from "./budgets.js";
import type { StopCause } from "./events.js";
import { execute, type Execution, type ExecutionOf, logStored } from "./execution.js";
import type { Meter } from "./meter.js";
import type { Outbox, OutboxEntry } from "./outbox.js";
import { type Fence } from "../domain/fence.js";
import type { Provider } from "./provider.js";
import { deliverReport } from "./report.js";

/** What an attempt needs from the agent that runs it. */
export interface AttemptContext extends ExecutionOf {
  role: Pick<AgentDefinition, "retry" | "handoff">;
  outbox: Outbox;
  provider: Provider;
  budgets: Budgets;
}

/** How long a report waits for the session to be noted: without it, a later attempt starts afresh. */
const SESSION_MS = 2_000;

/** Tells one attempt from all others, also at the same task. */
export const attemptId = ({ task_id, epoch }: { task_id: string; epoch: number }): string => `${task_id}.${epoch}`;

/** One claimed task on its way: resolve → run → read → record → emit. */
export class Attempt {
  readonly id: string;
  readonly fence: Fence;
  /** Settles when the end of this attempt was announced. */
  announced: Promise<void> = Promise.resolve();
  /** Settles when the command has ended; its report may still be on its way. */
  readonly ended: Promise<void>;
  #ended: () => void = () => undefined;
  readonly #abort = new AbortController();
  #cause: StopCause | null = null;
  readonly #startedAt: string;
  /** Settles when what was noted last is in the record. */
  #kept: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: AttemptContext,
    private readonly stored: StoredTask,
  ) {
    const { owner, instance_id, epoch } = stored.record;
    this.#startedAt = context.session.now();
    this.ended = new Promise((resolve) => (this.#ended = resolve));
    this.id = attemptId(stored.record);
    this.fence = { owner: owner ?? "", instance_id: instance_id ?? "", epoch };
  }

  get task(): TaskRecord {
    return this.stored.record;
  }

  /** Ends the command. The first cause counts. */
  stop(cause: StopCause): void {
    this.#cause ??= cause;
    this.#abort.abort();
  }

  /**
   * Looks whether the record still says that this attempt is the one, and ends the command if it does not.
   * @returns whether it was told to end
   */
  async stopUnlessOurs(): Promise<boolean> {
    const current = await new TaskStore(this.context.session).get(this.task.task_id).catch(() => undefined);
    if (current === undefined || (current && attemptState(current.record, this.fence) !== "superseded")) return false;
    this.stop(current?.record.status === "cancelled" ? "cancelled" : "lost");
    return true;
  }

  /**
   * Runs the attempt to its end: when this resolves, its report is in the record or refused.
   * @param giveUp rejects while the report is on its way; it is in the outbox then
   */
  async run(giveUp: AbortSignal): Promise<void> {
    const { task, context } = this;
    const { agent_id } = context.agent;
    const { signal } = this.#abort;
    const meter = context.budgets.meter({ task, agent: context.agent }, () => this.stop("budget"));
    await meter.begin(signal);
    // Used up before: by earlier attempts, or by others since it was claimed.
    if (meter.overspent !== null) this.stop("budget");
    const run = signal.aborted
      ? this.#notRun()
      : await execute(context, { task, attempt: task.attempts }, signal, {
          onSession: (session) => this.#keep(session),
          onUsage: (used) => {
            meter.used(used);
            context.provider.used(used, this.#startedAt);
          },
        });
    this.#ended();
    await Promise.all([this.#kept, meter.close()]);
    const accountHeld = await context.provider.learn(run.outcome, this.#startedAt, context);
    const report = this.#report(run.outcome, run.task, meter, accountHeld);
    if (!report) {
      context.emit({ type: "stopped", agent_id, task_id: task.task_id, why: this.#cause ?? "lost" });
      return;
    }
    await this.#deliver(report, run.log, giveUp);
  }

  /** Notes the agent's conversation in the record, so that a later attempt can go on with it. */
  #keep(session: AgentSession): void {
    const { task, fence, context } = this;
    const event = { type: "session" as const, fence, session };
    const options = { known: this.stored, patienceMs: SESSION_MS };
    this.#kept = this.#kept
      .then(() => new TaskStore(context.session).apply(task.task_id, event, options))
      .catch((error: unknown) =>
        context.emit({ type: "notice", message: `${task.task_id}: its session was not noted: ${messageOf(error)}` }),
      );
  }

  #notRun(): Execution {
    const { task, context } = this;
    const { task_id, attempts: attempt, epoch } = task;
    const log = new LogWriter(context.session, { task_id, attempt, epoch, agent_id: context.agent.agent_id });
    return { outcome: { kind: "stopped" }, task, log };
  }

  #report(outcome: Outcome, whole: TaskRecord, { overspent }: Meter, accountHeld: boolean): AttemptReport | null {
    const { task: record, fence } = this;
    const { role } = this.context;
    const handoff = this.#handoffs(outcome, whole);
    const made = reportOf(outcome, {
      ...{ record, fence, policy: role.retry, handoff, random: Math.random(), accountHeld },
    });
    const last = record.attempts >= record.max_attempts;
    const report = withBudget(made, overspent, { fence, stopped: this.#cause === "budget", last });
    if (report || this.#cause !== "shutdown") return report;
    return { type: "handed_back", fence, reason: "shutdown", delay_ms: 0 };
  }

  #handoffs(outcome: Outcome, task: TaskRecord): NewTask[] {
    if (outcome.kind !== "completed") return [];
    const { session, agent, role } = this.context;
    const { tasks, problems } = handoffsOf(role.handoff, outcome.handoff, { task, result: outcome.result, agent });
    for (const message of problems) {
      const report = { reason: "agent_error" as const, message, agent_id: agent.agent_id, task_id: task.task_id };
      reportError(session, report).catch(() => undefined);
    }
    return tasks;
  }

  async #deliver(report: AttemptReport, log: LogWriter, giveUp: AbortSignal): Promise<void> {
    const { session, agent, outbox, emit } = this.context;
    const { task, id } = this;
    const { agent_id } = agent;
    const entryNow = (): OutboxEntry => {
      const counted = withDroppedLines(report, log.dropped);
      return { id, task_id: task.task_id, agent_id, attempt: task.attempts, report: counted };
    };
    try {
      await outbox.put(entryNow());
    } catch (error) {
      emit({ type: "notice", message: `the outbox cannot be written (${messageOf(error)}): sending without it` });
    }
    // Whoever sees that the attempt has ended finds its whole log.
    await logStored(session, log, giveUp);
    const delivery = await deliverReport(session, entryNow(), giveUp, this.stored);
    if (!delivery.accepted) {
      outbox.done(id);
      emit({ type: "stale_result", agent_id, task_id: task.task_id, kept: delivery.kept, message: delivery.message });
      return;
    }
    const { record, announced } = delivery;
    this.announced = announced.then(
      () => outbox.done(id),
      (error: unknown) => emit({ type: "notice", message: `${task.task_id}: not announced: ${messageOf(error)}` }),
    );
    if (record.status === "completed") emit({ type: "completed", agent_id, task: record });
    else if (record.status === "failed" && record.error) {
      const { reason, message } = record.error;
      emit({ type: "failed", agent_id, task: record, reason, message });
    } else {
      const last = record.history.at(-1);
      // The error of a record that was handed back is that of an earlier attempt.
      const message = last?.outcome === "handed_back" ? last.message : record.error?.message;
      const reason = message ?? last?.reason ?? "";
      emit({ type: "released", agent_id, task: record, reason });
    }
  }
}
