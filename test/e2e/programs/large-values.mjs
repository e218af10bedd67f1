// Says what it was given, by its digest, and hands in a result of as many bytes as its argument says.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { json } from "node:stream/consumers";

const digest = (value) => createHash("sha256").update(JSON.stringify(value)).digest("hex");
const { task, blockers, parent } = await json(process.stdin);
const given = {
  payload: digest(task.payload),
  blockers: blockers.map(({ result }) => digest(result.data)),
  parent: parent && digest(parent.result.data),
};
const data = { given, text: "ä\0\n".repeat(Number(process.argv[2]) / 10) };
writeFileSync(process.env.MJAGENT_OUTPUT, JSON.stringify({ summary: `gave ${task.task_id}`, data }));
