import { fingerprintOf } from "./fingerprint.js";
import type { FailureReason } from "./reasons.js";
import { SharedText, shortened } from "./interned-text.js";
import { agentOf, type Priority, type Status, type TaskRecord } from "./task.js";

/** A task as a list shows it: what a view of the whole fleet keeps of each. Times are ISO-8601 UTC. */
export interface TaskRow {
  task_id: string;
  title: string;
  status: Status;
  type: string | null;
  phase: string | null;
  tags: readonly string[];
  priority: Priority;
  owner: string | null;
  /** Whose attempt it is, or was last. */
  agent: string | null;
  role: string | null;
  attempts: number;
  max_attempts: number;
  created_at: string;
  updated_at: string;
  started_at: string | null;
  finished_at: string | null;
  not_before: string | null;
  parent_id: string | null;
  blocked_by: readonly string[];
  created_by: string | null;
  error: RowError | null;
  /** The beginning of its result's summary. */
  summary: string | null;
  /** How long the attempt took that ended it; null before. */
  duration_ms: number | null;
  /** How long it could be taken before it was, the last time; null before, and where nobody saw it. */
  wait_ms: number | null;
  cost_usd: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  /** Of its record. */
  revision: number;
}

export interface RowError {
  reason: FailureReason;
  /** The beginning. */
  message: string;
  /** What it has in common with other failures of the same cause. */
  fingerprint: string;
}

const TEXT_LENGTH = 200;
const NOTHING: readonly string[] = Object.freeze([]);

/** Makes rows of records; what they repeat is kept once. */
export class TaskRows {
  readonly #shared = new SharedText();

  /** @param before the row of the task so far: how long it waited shows only when it is taken */
  of(record: TaskRecord, revision: number, before: TaskRow | undefined): TaskRow {
    const shared = this.#shared;
    const { status, result, started_at, finished_at, error } = record;
    const usage = result?.usage;
    return {
      task_id: record.task_id,
      title: record.title,
      status,
      type: shared.text(record.type),
      phase: shared.text(record.phase),
      tags: record.tags.length === 0 ? NOTHING : shared.list(record.tags),
      priority: shared.text(record.priority),
      owner: shared.text(record.owner),
      agent: shared.text(agentOf(record)),
      role: shared.text(record.role ?? null),
      attempts: record.attempts,
      max_attempts: record.max_attempts,
      created_at: record.created_at,
      updated_at: sameAs(record.created_at, record.updated_at),
      started_at: started_at && sameAs(record.created_at, started_at),
      finished_at: finished_at && sameAs(record.updated_at, finished_at),
      not_before: record.not_before,
      parent_id: record.parent_id,
      blocked_by: record.blocked_by.length === 0 ? NOTHING : record.blocked_by,
      created_by: shared.text(record.created_by),
      error: error && this.#error(error),
      summary: result?.summary === null || result === null ? null : shortened(result.summary, TEXT_LENGTH),
      duration_ms: result?.duration_ms ?? between(started_at, finished_at),
      wait_ms: waited(record, before),
      cost_usd: usage?.cost_usd ?? null,
      input_tokens: usage?.input_tokens ?? null,
      output_tokens: usage?.output_tokens ?? null,
      revision,
    };
  }

  #error({ reason, message }: NonNullable<TaskRecord["error"]>): RowError {
    const text = this.#shared.text(shortened(message, TEXT_LENGTH));
    return { reason, message: text, fingerprint: this.#shared.text(fingerprintOf(reason, message)) };
  }
}

/** One copy of a time that stands twice in a record. */
const sameAs = (known: string, time: string): string => (time === known ? known : time);

const between = (from: string | null, to: string | null): number | null => {
  const ms = from === null || to === null ? Number.NaN : Date.parse(to) - Date.parse(from);
  return ms >= 0 ? ms : null;
};

/** A record does not keep since when it could be taken: the row before tells, and of a first attempt without a wait its age. */
function waited(record: TaskRecord, before: TaskRow | undefined): number | null {
  const { status, created_at, started_at, epoch } = record;
  if (status === "in_progress" && before?.status === "available") return between(before.updated_at, started_at);
  if (before && before.wait_ms !== null && before.started_at === started_at) return before.wait_ms;
  const isPlain = epoch === 1 && record.blocked_by.length === 0 && !record.require_approval && !record.not_before;
  return isPlain ? between(created_at, started_at) : null;
}
