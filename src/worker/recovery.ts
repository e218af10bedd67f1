import { messageOf } from "../errors.js";
import { endOrphans } from "../executors/orphans.js";
import { sweepWorkspaces } from "../executors/workspace/leftovers.js";
import type { Session } from "../nats/session.js";
import type { EventListener } from "./events.js";
import type { Outbox, OutboxEntry } from "./outbox.js";
import { deliverReport } from "./report.js";

/**
 * Deals with what launchers of this machine that are gone have left: ends their commands, puts their worktrees away,
 * delivers their results. It runs beside everything else, the delivery for as long as it takes.
 */
export class Recovery implements AsyncDisposable {
  readonly #closing = new AbortController();
  readonly #orphans: Promise<void>;

  constructor(
    private readonly session: Session,
    private readonly outbox: Outbox,
    private readonly emit: EventListener,
  ) {
    this.#orphans = this.#endOrphans().then(() => this.#putAway());
    void this.#replay();
  }

  /** Waits for commands that are being ended, a second or two. Results not delivered yet are left to the next launcher. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#orphans;
  }

  async #endOrphans(): Promise<void> {
    try {
      const count = await endOrphans();
      if (count === 0) return;
      const commands = count === 1 ? "1 command" : `${count} commands`;
      this.#notice(`ended ${commands} that an earlier run had left behind`);
    } catch (error) {
      this.#notice(`commands left by an earlier run may still be running: ${messageOf(error)}`);
    }
  }

  async #putAway(): Promise<void> {
    try {
      for (const message of await sweepWorkspaces()) this.#notice(message);
    } catch (error) {
      this.#notice(`worktrees left by an earlier run may still be there: ${messageOf(error)}`);
    }
  }

  async #replay(): Promise<void> {
    try {
      const journals = await this.outbox.leftovers();
      await Promise.all(
        journals.map(async ({ entries, forget }) => {
          // All at once: one that the server will not take yet must not keep the others waiting.
          await Promise.all(entries.map((entry) => this.#deliver(entry)));
          await forget();
        }),
      );
    } catch (error) {
      if (this.#closing.signal.aborted || this.session.nc.isClosed()) return;
      this.#notice(`results left by an earlier run wait in the outbox: ${messageOf(error)}`);
    }
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    const { agent_id, task_id } = entry;
    const delivery = await deliverReport(this.session, entry, this.#closing.signal);
    if (!delivery.accepted) {
      this.emit({ type: "stale_result", agent_id, task_id, kept: delivery.kept, message: delivery.message });
      return;
    }
    await delivery.announced.catch(() => undefined);
    this.#notice(`a result of ${agent_id} for ${task_id} was delivered late`);
  }

  #notice(message: string): void {
    this.emit({ type: "notice", message });
  }
}
