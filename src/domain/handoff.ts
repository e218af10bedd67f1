import { type Json } from "./json-value.js";
import { MAX_TITLE_LENGTH, NewTask, type TaskRecord, type TaskResult } from "./task.js";
import type { Handoff } from "./role.js";
import { renderTemplate } from "./template.js";

/** Hand-offs of a completed task, and what kept others from being one. */
export interface Handoffs {
  tasks: NewTask[];
  problems: string[];
}

/**
 * The tasks to publish because one completed: the role's templates, then what the command itself asked for.
 * They are its children; their ids are derived from its id when they are published.
 */
export function handoffsOf(
  templates: readonly Handoff[],
  asked: readonly NewTask[],
  completed: { task: TaskRecord; result: TaskResult; agent: { agent_id: string; role: string } },
): Handoffs {
  const values = { task: completed.task, result: completed.result, agent: completed.agent };
  const tasks: NewTask[] = [];
  const problems: string[] = [];
  for (const template of templates) {
    const filled = fill(template, values) as Handoff;
    const title = filled.title.replace(/\s+/g, " ").trim().slice(0, MAX_TITLE_LENGTH);
    const given = (texts?: string[]): string[] | undefined => texts?.filter((text) => text !== "");
    const parsed = NewTask.safeParse({ ...filled, title, tags: given(filled.tags), files: given(filled.files) });
    if (parsed.success) tasks.push(parsed.data);
    else problems.push(`hand-off "${template.title}": ${parsed.error.issues[0]?.message ?? "not a task"}`);
  }
  for (const task of asked) tasks.push({ ...task, task_id: undefined, idempotency_key: undefined });
  const { task, agent } = completed;
  return { tasks: tasks.map((t) => ({ ...t, parent_id: task.task_id, created_by: agent.agent_id })), problems };
}

/** Fills every text of a template, however deep. */
function fill(value: unknown, values: Record<string, unknown>): Json | object {
  if (typeof value === "string") return renderTemplate(value, values);
  if (Array.isArray(value)) return value.map((item) => fill(item, values) as Json);
  if (typeof value !== "object" || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values)]));
}
