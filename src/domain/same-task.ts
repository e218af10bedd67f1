import { newRecord } from "./new-record.js";
import type { NewTask, TaskRecord } from "./task.js";

/** What a publisher says of a task and nobody changes afterwards. */
const SAID = [
  "title",
  "description",
  "type",
  "phase",
  "tags",
  "files",
  "priority",
  "blocked_by",
  "on_blocker_failure",
  "timeout_ms",
  "require_approval",
  "parent_id",
  "payload",
] as const satisfies readonly (keyof TaskRecord)[];

/** Whether a record could have been made of this task: what is published again under one key must be the same. */
export function couldBeOf(record: TaskRecord, task: NewTask): boolean {
  const made = newRecord(record.task_id, task, record.created_at, null);
  const isSame = (field: (typeof SAID)[number]): boolean =>
    JSON.stringify(made[field]) === JSON.stringify(record[field]);
  // The first role that claims it sets the number of attempts where the publisher did not.
  return SAID.every(isSame) && (task.max_attempts === undefined || task.max_attempts === record.max_attempts);
}
