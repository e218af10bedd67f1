import type { FailureReason } from "../domain/reasons.js";
import type { TaskRecord } from "../domain/task.js";
import type { LogStream } from "../executors/executor.js";

/** What a launcher tells its observers. They are told, never waited for. */
export type WorkerEvent =
  | { type: "registered"; agent_id: string; role: string; wanted_id: string }
  | { type: "identity_lost"; agent_id: string; message: string }
  | { type: "claimed"; agent_id: string; task: TaskRecord }
  /** `line`: what people are shown of it. */
  | { type: "output"; agent_id: string; task_id: string; stream: LogStream; line: string }
  | { type: "completed"; agent_id: string; task: TaskRecord }
  | { type: "failed"; agent_id: string; task: TaskRecord; reason: FailureReason; message: string }
  | { type: "released"; agent_id: string; task: TaskRecord; reason: string }
  | { type: "stopped"; agent_id: string; task_id: string; why: StopCause }
  | { type: "stale_result"; agent_id: string; task_id: string; kept: boolean; message: string }
  | { type: "watched"; agent_id: string; task_id: string; event: string; outcome: string; message: string | null }
  | { type: "offline"; agent_id: string }
  | { type: "leading"; instance_id: string }
  | { type: "notice"; message: string };

/** Why we end a command ourselves. */
export type StopCause = "cancelled" | "lost" | "shutdown" | "budget";

export type EventListener = (event: WorkerEvent) => void;

/** A listener that cannot disturb a worker: what it throws is dropped. */
export function safeListener(listener: EventListener | undefined): EventListener {
  return (event) => {
    try {
      listener?.(event);
    } catch {
      // An observer's mistake is the observer's.
    }
  };
}
