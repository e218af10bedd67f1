// An agent with a loop of its own: it looks at tasks, claims what it likes, and says how it went. It ends after one.
import { setTimeout as sleep } from "node:timers/promises";
import { defineAgent, WorkerClient } from "mjagent";

const reviewer = defineAgent({ name: "reviewer", match: { types: ["review"] } });
const worker = new WorkerClient({ agent: reviewer });
try {
  const id = await worker.register(); // heartbeats go on by themselves from here
  console.log(`${id} is ready`);
  for await (const offered of worker.watchTasks()) {
    const task = await worker.claimTask(offered);
    if (!task) continue; // somebody else was first

    const signal = worker.taskSignal(task); // aborted when the task is cancelled or taken over
    try {
      const problems = await review(task, signal);
      await worker.coordinate({ reviewed: task.task_id, problems });
      await worker.completeTask(task, { summary: `${problems} problems in ${task.title}`, data: { problems } });
      console.log(`completed ${task.task_id}`);
    } catch (error) {
      if (signal?.aborted) continue; // it is not ours any more: there is nothing to report
      await worker.failTask(task, error instanceof Error ? error.message : String(error)); // tried again later
      console.log(`failed ${task.task_id}`);
    }
    break;
  }
} finally {
  await worker.close();
}

async function review(task, signal) {
  await sleep(50, undefined, { signal });
  return Array.isArray(task.payload?.checklist) ? 0 : 1;
}
