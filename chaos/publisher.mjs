import { jetstream } from "@nats-io/jetstream";
import { setTimeout as sleep } from "node:timers/promises";
import { NewTask } from "../dist/domain/task.js";
import { publishTasks } from "../dist/operations/publish.js";
import { cancelTask } from "../dist/operations/tasks.js";

const RETRY_MS = 500;

/**
 * Publishes a workload at its times, as a person (an operation) or as a foreign client (bare JSON) would: each task
 * again until it is acknowledged, for an unacknowledged one is nobody's loss.
 * @returns what was promised: `published` and `cancelled` grow while it runs
 */
export function publishWorkload(session, groups, signal) {
  const published = [];
  const cancelled = [];
  const started = Date.now();
  const cancelling = [];
  const publishGroup = async ({ at, items }) => {
    await sleep(Math.max(0, started + at - Date.now()), undefined, { signal });
    for (const item of items) {
      const fact = await publishItem(session, item, signal);
      published.push(fact);
      if (item.cancelAfter !== null) cancelling.push(cancel(session, item, cancelled, signal));
    }
  };
  const finished = Promise.all(groups.map(publishGroup)).then(() => Promise.all(cancelling));
  return { published, cancelled, finished };
}

async function publishItem(session, { task, via, children }, signal) {
  const { title, task_id, blocked_by = [], on_blocker_failure = "fail" } = task;
  const fact = {
    title,
    task_id: task_id ?? null,
    via,
    children,
    blocked_by,
    on_blocker_failure,
    asked: 0,
    conflict: null,
  };
  for (; ; await sleep(RETRY_MS, undefined, { signal })) {
    fact.asked++;
    try {
      if (via === "bare") await publishBare(session, task);
      else await publishTasks(session, [NewTask.parse(task)]);
      break;
    } catch (error) {
      // The id is ours alone: it was stored before, and the answer got lost.
      if (error.code !== "conflict") continue;
      fact.conflict = fact.asked;
      break;
    }
  }
  return { ...fact, acked_at: Date.now() };
}

/** The id makes a repeated message one message, as any careful client does. */
async function publishBare(session, task) {
  const { prefix } = session.workspace;
  await jetstream(session.nc).publish(`${prefix}.tasks.available`, JSON.stringify(task), { msgID: task.title });
}

async function cancel(session, { task, cancelAfter }, cancelled, signal) {
  await sleep(cancelAfter, undefined, { signal });
  const fact = { task_id: task.task_id, at: Date.now(), acked: false };
  cancelled.push(fact);
  for (let asked = 1; ; asked++) {
    try {
      await cancelTask(session, task.task_id, "chaos", null);
      fact.acked = true;
      return;
    } catch (error) {
      // It had ended before.
      if (error.code === "conflict") return;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}
