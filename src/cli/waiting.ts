import { someOf } from "../domain/dependencies.js";
import { formatDuration } from "../domain/duration.js";
import { agentOf, isTerminal, type Status, type TaskRecord } from "../domain/task.js";
import { MjError } from "../errors.js";
import type { Session } from "../nats/session.js";
import { type Waited, waitForTasks } from "../operations/wait.js";
import type { CommandContext } from "./context.js";
import { outcomeText, statusStyle, statusWords } from "./task-view.js";
import { oneLine } from "./text.js";

/** Waits for tasks and says on stderr how they get on. */
export async function waitAndTell(
  context: Pick<CommandContext, "out" | "signal">,
  session: Session,
  ids: readonly string[],
  timeoutMs: number | null,
): Promise<Waited> {
  const { out, signal } = context;
  const told = new Map<string, Status>();
  return await waitForTasks(session, ids, timeoutMs, signal, (task) => {
    if (out.json || isTerminal(task.status) || told.get(task.task_id) === task.status) return;
    told.set(task.task_id, task.status);
    out.note(out.noteStyle.dim(`${task.task_id} ${progressText(task)}`));
  });
}

function progressText(task: TaskRecord): string {
  if (task.status === "in_progress") {
    return `runs at ${oneLine(task.owner ?? "?")}, attempt ${task.attempts} of ${task.max_attempts}`;
  }
  const again = task.error ? ` after: ${oneLine(task.error.message)}` : "";
  return `is ${statusWords(task.status)}${again}`;
}

/** Prints each task with its outcome. */
export function printOutcomes({ out }: Pick<CommandContext, "out">, records: readonly TaskRecord[]): void {
  out.list(records, {
    id: (task) => task.task_id,
    empty: "nothing to wait for",
    columns: (style) => [
      { title: "ID", value: (task) => task.task_id },
      { title: "STATUS", value: (task) => task.status, style: (text, task) => statusStyle(style, task.status)(text) },
      { title: "AGENT", value: (task) => agentOf(task) ?? "-" },
      { title: "OUTCOME", value: (task) => (isTerminal(task.status) ? outcomeText(task) : "-"), flexible: true },
    ],
  });
}

/** Why waiting was in vain: a task that failed counts more than one that is still open. */
export function waitError({ records, ended }: Waited, timeoutMs: number | null): MjError | undefined {
  const named = (tasks: readonly TaskRecord[]): string =>
    someOf(tasks.map((task) => `${task.task_id} (${statusWords(task.status)})`));
  const bad = records.filter((task) => task.status === "failed" || task.status === "cancelled");
  const [first] = bad;
  if (first) {
    const one = bad.length === 1;
    return new MjError(
      "task_failed",
      one
        ? `task ${first.task_id} ${first.status === "failed" ? "has failed" : "was cancelled"}`
        : `${bad.length} of ${records.length} tasks were not completed: ${named(bad)}`,
      {
        why: first.error === null ? undefined : one ? first.error.message : `${first.task_id}: ${first.error.message}`,
        hint: `mjagent tasks show ${first.task_id} tells more; mjagent retry ${first.task_id} runs it again`,
      },
    );
  }
  if (ended) return undefined;
  const open = records.filter((task) => !isTerminal(task.status));
  return new MjError("pending", `still pending after ${formatDuration(timeoutMs ?? 0)}: ${named(open)}`, {
    hint: `wait longer, or see what holds it up: mjagent why ${open[0]?.task_id ?? "ID"}`,
    retryable: true,
  });
}
