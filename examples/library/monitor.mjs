// Shows what is going on, then what happens, until a task ends.
import { MonitorClient } from "mjagent";

const monitor = new MonitorClient();
try {
  for (const { agent_id, status, current_task, lost } of await monitor.getAgents()) {
    console.log(`agent ${agent_id}: ${lost ? "lost" : status}${current_task ? `, ${current_task}` : ""}`);
  }
  const tasks = await monitor.getAllTasks();
  for (const [status, some] of Object.entries(tasks)) {
    if (some.length > 0) console.log(`${status}: ${some.map(({ task_id }) => task_id).join(" ")}`);
  }
  console.log("watching");
  for await (const { event, task_id, title } of monitor.watch()) {
    console.log(`${event}: ${task_id} ${title}`);
    if (!["completed", "failed", "cancelled"].includes(event)) continue;
    const { attempts, result, error } = await monitor.getTaskStatus(task_id);
    console.log(`${result?.summary ?? error?.message ?? "no result"} (attempts: ${attempts})`);
    break;
  }
} finally {
  await monitor.close();
}
