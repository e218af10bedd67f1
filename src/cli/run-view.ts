import type { ChalkInstance } from "chalk";
import { formatDuration } from "../domain/duration.js";
import type { WorkerEvent } from "../worker/events.js";
import { cut, oneLine } from "./text.js";

/** A launcher's event as one line of JSON: flat, with the task named and not repeated whole. */
export function eventJson(event: WorkerEvent, time: string): Record<string, unknown> {
  const { type, ...rest } = event;
  if (event.type === "watched") {
    const { event: watched, ...others } = rest as Omit<typeof event, "type">;
    return { event: type, time, watched, ...others };
  }
  if (!("task" in rest)) return { event: type, time, ...rest };
  const { task, ...others } = rest;
  const { task_id, title, attempts, epoch, status, result, result_object } = task;
  const outcome = { ...(result && { result }), ...(result_object && { result_object }) };
  return { event: type, time, task_id, title, attempt: attempts, epoch, status, ...others, ...outcome };
}

/** Columns before the text of a line: the clock, the agent, the mark. */
const INDENT = 22;

/**
 * A launcher's event as a line for people.
 * @param width what is longer is cut to it, except what went wrong; undefined: nothing is cut
 */
export function eventText(event: WorkerEvent, style: ChalkInstance, width?: number): string {
  const short = width !== undefined && !WHOLE.has(event.type);
  const line = (who: string, mark: string, text: string): string => {
    const safe = oneLine(text);
    return `${style.dim(clock())} ${who.padEnd(10)} ${mark} ${short ? cut(safe, width - INDENT) : safe}`;
  };
  switch (event.type) {
    case "registered": {
      const other = event.agent_id === event.wanted_id ? "" : ` (${event.wanted_id} is running elsewhere)`;
      return line(event.agent_id, style.green("●"), `online${other}`);
    }
    case "identity_lost":
      return line(event.agent_id, style.red("✗"), `lost its id: ${event.message}`);
    case "claimed": {
      const { task } = event;
      const again = task.attempts > 1 ? ` (attempt ${task.attempts} of ${task.max_attempts})` : "";
      return line(event.agent_id, style.cyan("▶"), `${task.task_id} ${task.title}${again}`);
    }
    case "output":
      return style.dim(line(event.agent_id, "│", event.line));
    case "completed": {
      const { task } = event;
      const took = task.result?.duration_ms;
      const summary = task.result?.summary ?? "";
      const time = typeof took === "number" ? ` in ${formatDuration(took)}` : "";
      return line(event.agent_id, style.green("✓"), `${task.task_id} completed${time}${summary && `: ${summary}`}`);
    }
    case "failed":
      return line(event.agent_id, style.red("✗"), `${event.task.task_id} failed (${event.reason}): ${event.message}`);
    case "released":
      return line(event.agent_id, style.yellow("↺"), `${event.task.task_id} back to the queue: ${event.reason}`);
    case "stopped":
      return line(event.agent_id, style.yellow("■"), `${event.task_id} stopped: ${STOPPED[event.why]}`);
    case "stale_result":
      return line(
        event.agent_id,
        style.yellow("!"),
        `${event.task_id}: result ${event.kept ? "kept but not counted" : "dropped"}: ${event.message}`,
      );
    case "watched":
      return line(event.agent_id, "◆", `${event.task_id} ${event.event}: ${event.message ?? event.outcome}`);
    case "offline":
      return line(event.agent_id, style.dim("○"), "offline");
    case "leading":
      return line("dispatcher", style.blue("★"), "this process leads");
    case "notice":
      return line("mjagent", style.yellow("!"), event.message);
  }
}

/** Events that say what went wrong. */
const WHOLE: ReadonlySet<WorkerEvent["type"]> = new Set([
  "failed",
  "released",
  "notice",
  "stale_result",
  "identity_lost",
]);

const STOPPED = {
  cancelled: "it was cancelled",
  lost: "it belongs to another agent now",
  shutdown: "this process is ending; the task was handed back",
  budget: "a budget is used up",
} as const;

const clock = (): string => new Date().toTimeString().slice(0, 8);
