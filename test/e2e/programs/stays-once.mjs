// The first attempt at the task "stays" never ends and has children that ignore SIGTERM, one of them in a session of its
// own; anything else is done at once.
const { MJAGENT_ATTEMPT, MJAGENT_TASK_ID } = process.env;
if (MJAGENT_TASK_ID === "stays" && MJAGENT_ATTEMPT === "1") {
  process.argv.push("stay");
  await import("../../fixtures/agents/leaves-grandchildren.mjs");
} else console.log(`did it in attempt ${MJAGENT_ATTEMPT}`);
