import { idOfHandoff } from "../dist/domain/identity.js";
import { isTerminal } from "../dist/domain/task.js";
import { TaskStore } from "../dist/nats/task-store.js";

const SAY_MS = 5_000;

/** Follows the records: whether every promised task has ended, and for how long nothing has changed. */
export function watchProgress(session, publishing) {
  const records = new Map();
  const availableAt = [];
  const titles = new Map();
  const ended = new AbortController();
  let open = 0;
  let changedAt = Date.now();
  let published = false;
  publishing.finished.then(
    () => (published = true),
    () => undefined,
  );
  new TaskStore(session).watch({
    signal: ended.signal,
    onRemoved: () => undefined,
    onTask: (record) => {
      const before = records.get(record.task_id);
      if (before?.updated_at !== record.updated_at || before.status !== record.status) changedAt = Date.now();
      if (record.status === "available" && before?.updated_at !== record.updated_at) {
        availableAt.push({ task: record.task_id, at: Date.parse(record.updated_at) });
      }
      open += Number(!isTerminal(record.status)) - Number(before !== undefined && !isTerminal(before.status));
      records.set(record.task_id, record);
      titles.set(record.title, record.task_id);
    },
  });
  const handedOff = () =>
    [...records.values()].every(
      ({ task_id, status, handoff }) =>
        status !== "completed" || handoff.every((_, index) => records.has(idOfHandoff(task_id, index))),
    );
  const say = setInterval(() => {
    const done = records.size - open;
    console.error(`${publishing.published.length} published, ${records.size} records, ${done} ended`);
  }, SAY_MS).unref();
  return {
    /** Each moment a task became available, as far as it was seen. */
    availableAt,
    isDone: () =>
      published && open === 0 && publishing.published.every(({ title }) => titles.has(title)) && handedOff(),
    unchangedFor: () => Date.now() - changedAt,
    end() {
      clearInterval(say);
      ended.abort();
    },
  };
}
