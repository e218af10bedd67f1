import { addTo, type Amount, type Budgeted, spentOnTask, usedUp } from "../domain/budget.js";
import type { Overspent } from "../domain/overspent.js";
import type { TaskRecord } from "../domain/task.js";
import { type UsageEntry, usageKey, type UsageTold } from "../domain/usage.js";
import type { Session } from "../nats/session.js";
import { usageOfTask, writeUsage } from "../nats/usage-ledger.js";

/** A running attempt whose usage changes is written this often. */
const WRITE_MS = 2_000;
/** After a write that was not answered. */
const RETRY_MS = 1_000;
/** How long an attempt's end waits for its last total to be stored; later it is still tried. */
const CLOSE_MS = 2_000;

/** Whose usage is counted. `run` tells apart what is no attempt at the task. */
export interface Metered {
  task: Pick<TaskRecord, "task_id" | "epoch" | "title" | "type" | "steered">;
  agent: { agent_id: string; role: string };
  run?: { event: string; id: string };
}

const TITLE_LENGTH = 200;

/** Counts what one attempt uses: here at once, and in the usage bucket soon after, without ever holding it up. */
export class Meter {
  readonly #key: string;
  readonly #started: string;
  #entry: UsageEntry | undefined;
  #earlier: Amount = { usd: 0, tokens: 0 };
  #writing: Promise<void> | null = null;
  #dirty = false;
  #closed = false;
  #hurry: () => void = () => undefined;
  #overspent: Overspent | null = null;

  /** @param budgets of each task that count for it @param onEntry is told each new total */
  constructor(
    private readonly session: Session,
    private readonly of: Metered,
    private readonly budgets: readonly Budgeted[],
    private readonly on: { entry: (key: string, entry: UsageEntry) => void; stop: () => void; closed: () => void },
  ) {
    const { task, run } = of;
    this.#started = session.now();
    this.#key = usageKey(this.#started, task.task_id, run === undefined ? task.epoch : `run_${run.id}`);
  }

  get role(): string {
    return this.of.agent.role;
  }

  /** Why it must not go on, or not be tried again; null while nothing is used up. */
  get overspent(): Overspent | null {
    const budget = usedUp(this.budgets, this.#entry ? addTo(this.#earlier, this.#entry) : this.#earlier);
    return budget ? { per: "task", of: budget } : this.#overspent;
  }

  /** Reads what earlier attempts have used, where that limits this one. */
  async begin(signal: AbortSignal): Promise<void> {
    if (this.budgets.length === 0) return;
    const { task } = this.of;
    this.#earlier = spentOnTask(await usageOfTask(this.session, task.task_id, signal), task);
  }

  /** Takes the total so far. */
  used({ adapter, model, ...usage }: UsageTold): void {
    const { task, agent, run } = this.of;
    const { task_id, type } = task;
    this.#entry = {
      ...{ role: agent.role, agent_id: agent.agent_id, adapter, model, task_id, type, event: run?.event ?? null },
      ...{ title: task.title.slice(0, TITLE_LENGTH), ...usage, started_at: this.#started },
      ...{ updated_at: this.session.now(), final: false },
    };
    this.#changed();
    const { overspent } = this;
    if (overspent?.per === "task" && overspent.of.budget.hard) this.on.stop();
  }

  /** Ends the attempt because of a budget that others use, too. */
  end(text: string): void {
    this.#overspent ??= { per: "period", text };
    this.on.stop();
  }

  /** The attempt has ended: writes its total, and waits for that a moment. */
  async close(): Promise<void> {
    this.on.closed();
    if (!this.#entry) return;
    this.#entry = { ...this.#entry, updated_at: this.session.now(), final: true };
    this.#closed = true;
    this.#changed();
    this.#hurry();
    let bound: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (bound = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([this.#writing, patience]);
    clearTimeout(bound);
  }

  #changed(): void {
    if (this.#entry) this.on.entry(this.#key, this.#entry);
    this.#dirty = true;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    const { session } = this;
    while (this.#dirty && this.#entry && !session.nc.isClosed()) {
      // What is sent before that vanishes, which shows only after seconds.
      await session.whenConnected(Number.POSITIVE_INFINITY);
      this.#dirty = false;
      const stored = await writeUsage(session, this.#key, this.#entry).then(
        () => true,
        () => false,
      );
      this.#dirty ||= !stored;
      if (!stored) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      else if (!this.#closed) await this.#pause();
    }
  }

  /** Until the next write is due, or the attempt has ended. */
  async #pause(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#hurry = resolve;
      timer = setTimeout(resolve, WRITE_MS);
    });
    clearTimeout(timer);
  }
}
