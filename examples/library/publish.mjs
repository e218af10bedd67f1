// Publishes a task, and another that starts when the first is completed.
import { MjError, TaskPublisher } from "mjagent";

const [title = "Design the about page"] = process.argv.slice(2);
const publisher = new TaskPublisher();
try {
  const design = await publisher.publishTask({ title, type: "design", priority: "high" });
  const review = await publisher.publishTask({
    title: `Review: ${title}`,
    type: "review",
    blocked_by: [design.task_id],
    payload: { checklist: ["links", "contrast"] },
  });
  for (const { task_id, status, title } of [design, review]) console.log(`${task_id}  ${status}  ${title}`);
} catch (error) {
  if (!(error instanceof MjError)) throw error;
  // What went wrong, why, and what to do: `error.code` is for programs.
  console.error([error.message, error.why, error.hint].filter(Boolean).join("\n"));
  process.exitCode = 1;
} finally {
  await publisher.close();
}
