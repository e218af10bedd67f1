import { signal } from "@preact/signals";
import { listTasks } from "../api.js";
import type { TaskChange } from "./reduce.js";
import { onTasks } from "./store.js";

/** What is running, by id: an agent's beat names only the ids. */
export const runningTitles = signal<ReadonlyMap<string, string>>(new Map());

const MOST = "500";

/** Begins to follow what runs. @returns what ends it */
export function followTitles(): () => void {
  const end = new AbortController();
  const read = async (): Promise<void> => {
    const { tasks } = await listTasks(new URLSearchParams({ status: "in_progress", limit: MOST }), end.signal);
    runningTitles.value = new Map(tasks.map(({ task_id, title }) => [task_id, title]));
  };
  // Without the titles the ids are shown.
  const readAnew = (): void => void read().catch(() => undefined);
  const forget = onTasks((changes) => {
    if (changes === null) readAnew();
    else runningTitles.value = withChanges(runningTitles.peek(), changes);
  });
  readAnew();
  return () => {
    forget();
    end.abort();
  };
}

function withChanges(before: ReadonlyMap<string, string>, changes: readonly TaskChange[]): ReadonlyMap<string, string> {
  const titles = new Map(before);
  for (const change of changes) {
    if (change.type === "task_removed") titles.delete(change.task_id);
    else if (change.task.status === "in_progress") titles.set(change.task.task_id, change.task.title);
    else titles.delete(change.task.task_id);
  }
  return titles;
}
