import type { Refused, RoleLimit } from "../domain/admission.js";
import { claimOf } from "../domain/claim.js";
import { isRejected } from "../domain/lifecycle.js";
import type { AgentDefinition } from "../domain/role.js";
import { matches } from "../domain/route.js";
import type { TaskRecord } from "../domain/task.js";
import { messageOf } from "../errors.js";
import { TOKEN_ACK_WAIT_MS } from "../nats/consumers.js";
import { announceRecord } from "../nats/feed.js";
import type { Notices } from "../nats/notices.js";
import type { Token, TokenSource } from "../nats/queue.js";
import type { Session } from "../nats/session.js";
import { type StoredTask, TaskStore } from "../nats/task-store.js";
import type { Admission, Gate } from "./admission.js";
import { attemptId } from "./attempt.js";
import type { EventListener } from "./events.js";

export interface ClaimerOptions {
  role: AgentDefinition;
  instanceId: string;
  account: string | null;
  slots: number;
  /** Claim this many tasks and no more. */
  limit: number;
  admission: Admission;
  /** Resolves to the agent's id once it has one to claim under. */
  owner: () => Promise<string>;
  /** How many attempts run now. */
  running: () => number;
  isRunning: (attemptId: string) => boolean;
  /** A task is ours: run it; `leave` gives its slot back when it has ended. */
  onClaimed: (task: StoredTask, leave: () => void) => void;
  draining: AbortSignal;
  emit: EventListener;
  notices: Notices;
}

/**
 * A token whose files are held comes again after this long, unless the dispatcher sends a new one in its place before,
 * as it does when they are free. Not dropped: nobody would send it again when a lease was taken and freed again before
 * the dispatcher saw it. Not given back at once: it would come again at once, as long as the other task runs.
 */
const FILES_HELD_MS = 2_000;

/** How one agent comes by its tasks: a token when a slot is free, admission, and the compare-and-set that decides. */
export class Claimer {
  #claims = 0;
  /** Tasks whose tokens are being turned into claims: they hold a slot already. */
  readonly #claiming = new Set<string>();
  #slotFreed: () => void = () => undefined;
  readonly #limit: RoleLimit;
  /** Whether its role may have one more task running. */
  readonly gate: Gate;

  constructor(
    private readonly session: Session,
    private readonly options: ClaimerOptions,
  ) {
    const { name, max_running = null } = options.role;
    this.#limit = { name, max_running, account: options.account };
    this.gate = options.admission.gate(this.#limit, options.role.budget);
  }

  /** Something ended, or all should: look again. */
  slotFreed(): void {
    this.#slotFreed();
  }

  /** Takes tasks while there are free slots, until draining. */
  async take(source: TokenSource): Promise<void> {
    const { slots, limit, running, draining } = this.options;
    while (!draining.aborted && this.#claims < limit) {
      const free = Math.min(slots - running(), limit - this.#claims) - this.#claiming.size;
      if (free <= 0) {
        await new Promise<void>((resolve) => (this.#slotFreed = resolve));
        continue;
      }
      await this.gate.open(draining);
      for (const token of await source.pull(free, draining)) {
        const { task_id } = token;
        // Its ack_wait passed while a slow server was asked for the claim: what settles the first delivery settles this.
        if (this.#claiming.has(task_id)) continue;
        this.#claiming.add(task_id);
        void this.#claimToken(token).finally(() => {
          this.#claiming.delete(task_id);
          this.#slotFreed();
        });
      }
    }
    while (this.#claiming.size > 0) await new Promise<void>((resolve) => (this.#slotFreed = resolve));
  }

  /**
   * Claims a task and begins to run it.
   * @param known what it is believed to be: saves a read
   * @returns its record; null when there is nothing to claim (somebody else was first, or it is not available), or what
   * keeps it from being claimed now
   */
  async claim(taskId: string, known?: StoredTask): Promise<TaskRecord | null | Refused> {
    const { role, instanceId, admission, emit } = this.options;
    const owner = await this.options.owner();
    const store = new TaskStore(this.session);
    const current = known ?? (await store.get(taskId));
    if (!current) return null;
    const epoch = current.record.epoch + 1;
    // A token that came twice, with the record as it was before our claim: its slot is the one that attempt holds.
    if (this.options.isRunning(attemptId({ task_id: taskId, epoch }))) return null;
    const { files } = current.record;
    const slot = { task_id: taskId, epoch, role: role.name, owner, instance_id: instanceId, files };
    const leave = await admission.enter(this.#limit, slot);
    if (typeof leave === "string") return leave;
    let claimed: StoredTask | undefined;
    try {
      const outcome = await store.apply(taskId, claimOf(role, owner, instanceId), {
        known: current,
        patienceMs: Number.POSITIVE_INFINITY,
        applied: (record) =>
          record.status === "in_progress" &&
          record.owner === owner &&
          record.instance_id === instanceId &&
          !this.options.isRunning(attemptId(record)),
      });
      if (isRejected(outcome)) return null;
      claimed = outcome;
    } finally {
      if (!claimed) leave();
    }
    const { record } = claimed;
    this.#claims++;
    this.options.onClaimed(claimed, leave);
    emit({ type: "claimed", agent_id: owner, task: record });
    announceRecord(this.session, "claimed", record, { agent_id: owner, attempt: record.attempts }).catch(
      (error: unknown) =>
        emit({ type: "notice", message: `${taskId}: claimed, but not announced: ${messageOf(error)}` }),
    );
    return record;
  }

  async #claimToken(token: Token): Promise<void> {
    const { role, draining, notices } = this.options;
    // On a server that is slow for everybody, second deliveries of what is about to be claimed would make it slower.
    const holding = setInterval(() => token.hold(), TOKEN_ACK_WAIT_MS / 3);
    try {
      const known = token.snapshot ?? (await new TaskStore(this.session).get(token.task_id));
      // A role may have changed since the token was made: what it does not match any more is not for us.
      const isOurs = known !== null && matches(known.record, role.match);
      const claimed = draining.aborted ? "role" : isOurs ? await this.claim(token.task_id, known) : null;
      if (claimed === "role") token.release();
      else if (claimed === "files") token.release(FILES_HELD_MS);
      else token.ack();
    } catch (error) {
      token.failed(error);
      notices.trouble(`claim ${token.task_id}`, error);
    } finally {
      clearInterval(holding);
    }
  }
}
