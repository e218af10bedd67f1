import type { TaskRecord } from "../../domain/task.js";
import { quoted } from "../format.js";

/** The command that publishes such a task. */
export function cliFor(task: Partial<TaskRecord> & Pick<TaskRecord, "title">): string {
  const { title, type, phase, description, priority, tags, files, blocked_by, timeout_ms, payload } = task;
  const options: (readonly [string, string | null | undefined])[] = [
    ["title", title],
    ["type", type],
    ["phase", phase],
    ["description", description],
    ["priority", priority === "normal" ? null : priority],
    ...(tags ?? []).map((tag) => ["tag", tag] as const),
    ...(files ?? []).map((file) => ["file-glob", file] as const),
    ...(blocked_by ?? []).map((id) => ["blocked-by", id] as const),
    ["timeout", timeout_ms ? `${timeout_ms}ms` : null],
    ["max-attempts", task.max_attempts_fixed ? String(task.max_attempts) : null],
    ["payload", payload === null || payload === undefined ? null : JSON.stringify(payload)],
  ];
  const given = options.flatMap(([name, value]) => (value ? [`--${name} ${quoted(value)}`] : []));
  return ["mjagent publish", ...given, ...(task.require_approval ? ["--require-approval"] : [])].join(" ");
}
