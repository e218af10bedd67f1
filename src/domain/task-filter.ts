import { agentOf, type Status, type TaskRecord } from "./task.js";

/** Which tasks are meant: those to which all that is given applies; without anything, every task. */
export interface TaskFilter {
  status?: readonly Status[] | undefined;
  /** Case-insensitive, as the rest. */
  type?: string | undefined;
  /** Agent id: whose attempt it is or was last. */
  agent?: string | undefined;
  /** What the reason or the message of its last error contains. A task that was completed or retried has none. */
  error?: string | undefined;
}

export function matchesFilter(task: TaskRecord, { status, type, agent, error }: TaskFilter): boolean {
  return (
    (status === undefined || status.includes(task.status)) &&
    (type === undefined || isSame(task.type, type)) &&
    (agent === undefined || isSame(agentOf(task), agent)) &&
    (error === undefined || contains(task.error?.reason, error) || contains(task.error?.message, error))
  );
}

const isSame = (text: string | null, wanted: string): boolean => text?.toLowerCase() === wanted.toLowerCase();

const contains = (text: string | undefined, wanted: string): boolean =>
  text?.toLowerCase().includes(wanted.toLowerCase()) === true;
