import { type Fence, holdsFence } from "./fence.js";
import { type AttemptRecord, type LateResult, type TaskRecord } from "./task.js";

/** A report was refused because its fence does not hold any more: it is kept, and the attempt's history says so. */
export interface LateResultEvent {
  type: "late_result";
  fence: Fence;
  report: "completed" | "attempt_failed" | "handed_back";
  summary: string | null;
  object: string;
}

const isOf = (entry: AttemptRecord, fence: Fence): boolean =>
  entry.epoch === fence.epoch && entry.instance_id === fence.instance_id && entry.agent_id === fence.owner;

/** How the attempt of `fence` stands in the record: running, ended by its own report, or ended by somebody else. */
export function attemptState(record: TaskRecord, fence: Fence): "running" | "reported" | "superseded" {
  if (record.status === "in_progress" && holdsFence(record, fence)) return "running";
  const entry = record.history.find((each) => isOf(each, fence));
  const reported = entry?.outcome === "completed" || entry?.outcome === "failed" || entry?.outcome === "handed_back";
  return reported ? "reported" : "superseded";
}

/**
 * Notes a late result at its attempt, once. Nothing else of the record changes, in whatever status it is.
 * @returns the record, or why there is nothing to note
 */
export function withLateResult(record: TaskRecord, event: LateResultEvent, now: string): TaskRecord | string {
  const { fence, report, summary, object } = event;
  const attempt = `the attempt of ${fence.owner} with epoch ${fence.epoch}`;
  if (attemptState(record, fence) !== "superseded") {
    return `${attempt} at task ${record.task_id} was not taken from it`;
  }
  const entry = record.history.find((each) => isOf(each, fence));
  if (!entry) return `task ${record.task_id} knows nothing of ${attempt}`;
  if (entry.late) return `${attempt} has a late result already`;
  const late: LateResult = { outcome: OUTCOME[report], summary, at: now, object };
  return { ...record, history: record.history.map((each) => (each === entry ? { ...each, late } : each)) };
}

const OUTCOME = { completed: "completed", attempt_failed: "failed", handed_back: "handed_back" } as const;
