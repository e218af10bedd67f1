// An agent whose work is a function. It works until one task is done; without `done` it would go on for ever.
import { defineAgent, WorkerClient } from "mjagent";

const debbie = defineAgent({
  name: "debbie",
  display_name: "Debbie",
  description: "Web design agent",
  match: { types: ["design"], phases: ["design"] },
  retry: { max_attempts: 3, backoff: "1s" },
});

const done = new AbortController();
const worker = new WorkerClient({
  agent: debbie,
  onEvent: (event) => {
    if (event.type === "registered") console.log(`${event.agent_id} is ready`);
    if (event.type === "completed") done.abort();
  },
});
// Ctrl-C: what is running finishes, nothing new is claimed.
process.once("SIGINT", () => done.abort());

try {
  await worker.run(
    async ({ task, attempt, signal, log }) => {
      log(`${task.title}, attempt ${attempt}`); // mjagent logs ID
      signal.throwIfAborted(); // cancelled, or out of time; pass it on to what you await
      console.log(`working on ${task.task_id}: ${task.title}`);
      return { summary: `designed ${task.title}`, data: { pages: ["about.html"] } };
    },
    { signal: done.signal },
  );
} finally {
  await worker.close();
}
console.log("done");
