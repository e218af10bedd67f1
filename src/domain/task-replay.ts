import type { LogEvent, PublishedEvent, TaskLogEvent } from "./event-log.js";
import { blockerState } from "./blocker-state.js";
import { isRejected, transition } from "./lifecycle.js";
import type { Status } from "./task.js";

/** A task as it stood at a moment. */
export interface ReplayedTask {
  task_id: string;
  title: string;
  type: string | null;
  /** Null when the log does not tell. */
  status: Status | null;
  /** When it came to stand so. */
  since: string;
  agent_id: string | null;
  role: string | null;
  attempt: number;
  /** What it still waited for. */
  blocked_by: string[];
  not_before: string | null;
  /** Why it failed, came back or moved on, and what was said of it. */
  reason: string | null;
  message: string | null;
}

interface TaskState extends ReplayedTask {
  epoch: number;
  rank: number;
  /** Sequence of its publication; null when the log does not have it, or not yet. */
  published: number | null;
}

/**
 * Within an epoch: a claim, then the end of its attempt, then what people and the dispatcher do. Several programs write
 * the log, so what happened within a moment can be stored in another order: what comes late changes nothing any more.
 */
const RANK: Partial<Record<LogEvent["kind"], number>> = { claimed: 0, completed: 1, failed: 1, released: 1 };

/** Folds the events of tasks, in the order of the stream, into how each task stands. Pure memory. */
export class TaskReplay {
  readonly #tasks = new Map<string, TaskState>();
  /** What other clients wrote, by its sequence. */
  readonly #written = new Map<number, string>();

  has(taskId: string): boolean {
    return this.#tasks.has(taskId);
  }

  /** Every task the log told of. */
  *tasks(): Generator<ReplayedTask> {
    for (const { epoch: _epoch, rank: _rank, published: _published, ...task } of this.#tasks.values()) {
      yield { ...task, blocked_by: task.blocked_by.filter((id) => this.#tasks.get(id)?.status !== "completed") };
    }
  }

  publish(event: PublishedEvent): void {
    const { task_id, title, type, blocked_by, not_before, seq, time } = event;
    const before = this.#tasks.get(task_id);
    // A second message of another client changes nothing; a second record is a new one, after the first was removed.
    if (before && before.published !== null && event.written) return;
    if (event.written) this.#written.set(seq, task_id);
    const described = { title, type, blocked_by, not_before, published: seq };
    if (before?.published === null) {
      Object.assign(before, described);
      return;
    }
    this.#tasks.set(task_id, {
      ...{ task_id, ...described, status: this.#statusOf(event), since: time },
      ...{ agent_id: null, role: null, attempt: 0, reason: null, message: null, epoch: 0, rank: 0 },
    });
  }

  /** A message that intake did not take in after all. */
  unpublish(seq: number): void {
    const id = this.#written.get(seq) ?? "";
    const task = this.#tasks.get(id);
    if (task?.published === seq && task.epoch === 0 && task.rank === 0) this.#tasks.delete(id);
  }

  happen(event: TaskLogEvent): void {
    const { task_id, title, type, time, status, agent_id, role, attempt, epoch, reason, message, not_before } = event;
    const before = this.#tasks.get(task_id);
    const rank = RANK[event.kind] ?? 2;
    if (before && (epoch < before.epoch || (epoch === before.epoch && rank < before.rank))) return;
    const { blocked_by, published } = before ?? { blocked_by: [], published: null };
    this.#tasks.set(task_id, {
      ...{ task_id, title, type, status, since: time, agent_id, role, attempt, blocked_by, not_before },
      ...{ reason, message, epoch, rank, published },
    });
  }

  /** What a record of it says, or, before there is one, what one would say. */
  #statusOf({ task_id, status, written, time, blocked_by }: PublishedEvent): Status | null {
    if (!written) return status;
    const blockers = blocked_by.map((id) => blockerState(this.#tasks.get(id)?.status ?? "available"));
    const record = transition(null, { type: "published", task_id, task: written, blockers }, time);
    return isRejected(record) ? null : record.status;
  }
}
