import { MjError } from "../errors.js";
import { type DependencyNode, someOf, topologicalOrder } from "../domain/dependencies.js";
import { idOfKey, randomTaskId } from "../domain/identity.js";
import { type BlockerState, blockerState } from "../domain/blocker-state.js";
import { isRejected, transition } from "../domain/lifecycle.js";
import { type InlineLimits, takePayloadOut, tooLarge } from "../domain/large-values.js";
import type { NewTask, TaskRecord } from "../domain/task.js";
import { limitsOf, wholeTask } from "../nats/artifacts.js";
import { publishRecord } from "../nats/publish.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import { readWaiting } from "../nats/waiting.js";

/** What publishing one task came to. `created` is false when its idempotency key was used before. */
export interface Published {
  task_id: string;
  created: boolean;
  record: TaskRecord;
}

const AT_ONCE = 64;

/** A task with the id it will have. */
type Identified = NewTask & { task_id: string; isFresh: boolean };

/** Gives every task of a batch its id: its own, the one of its idempotency key, or a fresh one. */
function identify(tasks: readonly NewTask[], limits: InlineLimits): Identified[] {
  const seen = new Set<string>();
  return tasks.map((task) => {
    const why = tooLarge(task, limits);
    if (why !== null) {
      throw new MjError("usage", `the task "${task.title}" is too large`, {
        why,
        hint: "put the data into a file and give its path in the payload",
      });
    }
    const key = task.idempotency_key;
    const task_id = task.task_id ?? (key === undefined ? randomTaskId() : idOfKey(key));
    if (seen.has(task_id)) throw new MjError("usage", `the batch has two tasks with the id ${task_id}`);
    seen.add(task_id);
    return { ...task, task_id, isFresh: task.task_id === undefined && key === undefined };
  });
}

/**
 * Publishes a batch whose tasks may name one another as blockers, in any order.
 * @throws MjError not_found (a blocker exists neither on the server nor in the batch), usage (a cycle),
 * conflict (an id exists already); nothing is published then.
 */
export async function publishTasks(session: Session, tasks: readonly NewTask[]): Promise<Published[]> {
  const batch = identify(tasks, limitsOf(session));
  const { levels, states } = await planBatch(session, batch);
  const published = new Map<string, Published>();
  for (const level of levels) {
    for (let at = 0; at < level.length; at += AT_ONCE) {
      await Promise.all(
        level.slice(at, at + AT_ONCE).map(async (task) => {
          const blockers = (task.blocked_by ?? []).map((id) => states.get(id) ?? "open");
          const { stored, created } = await publishRecord(session, task.task_id, task, blockers);
          if (!created && task.idempotency_key === undefined) throw exists(task.task_id);
          const { payload = null } = task;
          const record = created ? { ...stored.record, payload } : await wholeTask(session, stored.record);
          published.set(task.task_id, { task_id: task.task_id, created, record });
        }),
      );
    }
  }
  return batch.flatMap((task) => published.get(task.task_id) ?? []);
}

/**
 * What publishing a batch would come to, with the same checks. Writes nothing.
 * @throws MjError as `publishTasks` does
 */
export async function previewTasks(session: Session, tasks: readonly NewTask[]): Promise<Published[]> {
  const limits = limitsOf(session);
  const batch = identify(tasks, limits);
  const { states } = await planBatch(session, batch);
  const store = new TaskStore(session);
  const previews = new Map<string, Published>();
  await inGroups(batch, async (task) => {
    const { task_id } = task;
    const found = task.idempotency_key === undefined ? null : await store.get(task_id);
    const blockers = (task.blocked_by ?? []).map((id) => states.get(id) ?? "open");
    const record = found?.record ?? previewOf(task, blockers, limits, session.now());
    if (!isRejected(record)) previews.set(task_id, { task_id, created: !found, record });
  });
  return batch.flatMap((task) => previews.get(task.task_id) ?? []);
}

/** The record as it would be, with its whole payload, and routed as it would be: by the beginning of a large one. */
function previewOf(task: Identified, blockers: BlockerState[], limits: InlineLimits, now: string) {
  const { task_id, payload = null } = task;
  const light = takePayloadOut(task, limits, "").task;
  const record = transition(null, { type: "published", task_id, task: light, blockers }, now);
  return isRejected(record) ? record : { ...record, payload, payload_object: null };
}

/** Checks a batch against itself and the server. Writes nothing. */
async function planBatch(
  session: Session,
  batch: readonly Identified[],
): Promise<{ levels: Identified[][]; states: Map<string, BlockerState> }> {
  const byId = new Map(batch.map((task) => [task.task_id, task]));
  const own = batch.map((task) => ({ id: task.task_id, after: task.blocked_by ?? [] }));
  const order = orderOf(own);
  const outside = [...new Set(own.flatMap(({ after }) => after))].filter((id) => !byId.has(id));
  const store = new TaskStore(session);
  const { tasks, waiting } = await readWaiting(
    (id) => store.get(id),
    outside,
    (id) => byId.has(id),
  );
  // Tasks that are there may wait for an id that this batch gives.
  orderOf([...own, ...waiting]);
  const states = new Map<string, BlockerState>();
  const missing: string[] = [];
  const taken: string[] = [];
  for (const id of outside) {
    const found = tasks.get(id);
    if (found) states.set(id, blockerState(found.record.status));
    else missing.push(id);
  }
  if (missing.length > 0) {
    throw new MjError("not_found", `there is no task ${someOf(missing)} to wait for`, {
      why: "blocked_by names a task that is neither on the server nor in this batch",
      hint: "mjagent tasks list shows the ids",
    });
  }
  const chosen = batch.filter((task) => !task.isFresh && task.idempotency_key === undefined).map((t) => t.task_id);
  await inGroups(chosen, async (id) => {
    if (await store.get(id)) taken.push(id);
  });
  if (taken.length > 0) {
    throw exists(someOf(taken));
  }
  const levels = order.map((ids) => ids.flatMap((id) => byId.get(id) ?? []));
  return { levels, states };
}

/** @throws MjError usage: a cycle, named */
function orderOf(nodes: readonly DependencyNode[]): string[][] {
  const order = topologicalOrder(nodes);
  if ("levels" in order) return order.levels;
  throw new MjError("usage", `these tasks wait for one another: ${order.cycle.join(" → ")}`, {
    why: "none of them could ever start",
    hint: "take one of the blocked_by entries out",
  });
}

const exists = (ids: string): MjError =>
  new MjError("conflict", `task ${ids} exists already`, {
    hint: "choose another id, or use --idempotency-key to publish a task at most once",
  });

async function inGroups<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(each));
}
