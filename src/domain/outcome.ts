import type { FailureReason } from "./reasons.js";
import type { NewTask, TaskResult } from "./task.js";

/** How an attempt ended: the one vocabulary of every executor. */
export type Outcome =
  | { kind: "completed"; result: TaskResult; handoff: NewTask[] }
  /** It ran and failed, or never ran. Whether that is retried follows from the reason. */
  | {
      kind: "failed";
      reason: FailureReason;
      message: string;
      result: TaskResult | null;
      /** When whoever refused says that it may be asked again, in ms. */
      retry_after_ms?: number;
    }
  /** The command asks to be run later (exit 75); not counted as an attempt. */
  | { kind: "snooze"; message: string; delay_ms: number | null }
  /** Stopped by us: a person cancelled it, the launcher is stopping, or the task is somebody else's now. */
  | { kind: "stopped" };
