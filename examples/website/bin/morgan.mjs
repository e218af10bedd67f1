// Morgan, the project manager: ticks the roadmap when a task has completed, and tells the others.
import { announce } from "../lib/announce.mjs";
import { hasFile, readText, writeText } from "../lib/files.mjs";
import { tick } from "../lib/roadmap.mjs";
import { runStep } from "../lib/step.mjs";

const roadmap = "ROADMAP.md";
/** Of a longer one only the update is announced: a message is no place for a book. */
const MOST_ANNOUNCED_BYTES = 100_000;
const stepOfType = { design: "design", mobiledoc_conversion: "convert", publishing: "publish" };

await runStep(async (doc) => {
  const { task, event = "completed" } = doc;
  if (!task) throw new Error("nothing to record: the task is missing from the document on stdin");
  const key = itemKey(doc);
  const done = event === "completed";
  console.log(`${task.title}: ${event}`);

  const update = done && key ? tickRoadmap(key) : { item: null, change: done ? "not on the roadmap" : "left open" };
  console.log(`${roadmap}: ${update.item ?? key ?? "no item"}: ${update.change}`);
  const announced = await tellTheOthers({ task, key, done, item: update.item });
  return {
    summary: `${update.item ?? task.title}: ${update.change}${announced === null ? "" : ", announced"}`,
    data: { task_id: task.task_id, item: key, change: update.change, done, announced },
    artifacts: update.change === "ticked" ? [roadmap] : [],
  };
});

/** Which item a task belongs to, such as "design:about": what its result says, else its type and the page it was given. */
function itemKey({ task, parent }) {
  const result = task.result?.data;
  const step = result?.step ?? stepOfType[task.type];
  const page = result?.page ?? parent?.result?.data?.page ?? task.payload?.page;
  return step && page ? `${step}:${page}` : null;
}

/** Reads and writes with nothing in between, so a tick made meanwhile is kept. */
function tickRoadmap(key) {
  const before = readText(roadmap, "the roadmap");
  const update = tick(before, key);
  if (update.text !== before) writeText(roadmap, update.text);
  return update;
}

/** The roadmap as it is now: who shows it need not be on this host. */
function wholeRoadmap() {
  const text = hasFile(roadmap) ? readText(roadmap, "the roadmap") : "";
  return text !== "" && Buffer.byteLength(text) <= MOST_ANNOUNCED_BYTES ? { roadmap: text } : {};
}

/** Returns the stream's sequence number, or null when there is no server to tell. */
async function tellTheOthers({ task, key, done, item }) {
  if (!process.env.NATS_URL) {
    console.log("NATS_URL is not set: the roadmap is up to date, nobody was told");
    return null;
  }
  const subject = `${process.env.MJAGENT_PREFIX ?? "mjwork"}.roadmap`;
  const seq = await announce(subject, {
    agent_id: process.env.MJAGENT_AGENT_ID ?? "Morgan",
    type: "roadmap_update",
    task_id: task.task_id,
    item: item ?? key ?? task.title,
    done,
    ...wholeRoadmap(),
    timestamp: new Date().toISOString(),
  });
  console.log(`Announced on ${subject} as message ${seq}`);
  return seq;
}
