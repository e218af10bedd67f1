import { readFileSync, writeFileSync } from "node:fs";
import { isatty } from "node:tty";

/** What a task's JSON document looks like to the programs; every part may be absent when run by hand. */
function readStdin() {
  // Not process.stdin.isTTY: looking at process.stdin makes it non-blocking, and the read below could find nothing yet.
  if (isatty(0)) return {};
  const text = readFileSync(0, "utf8").trim();
  return text === "" ? {} : JSON.parse(text);
}

/**
 * Runs one agent program: stdin document in, `MJAGENT_OUTPUT` result out.
 * `work(doc)` returns `{summary, data, artifacts}`. A thrown error is printed on stderr, whose last line becomes the
 * task's error; its `exitCode` (default 1) becomes the program's.
 */
export async function runStep(work) {
  try {
    const result = await work(readStdin());
    if (process.env.MJAGENT_OUTPUT) writeFileSync(process.env.MJAGENT_OUTPUT, JSON.stringify(result));
    else console.log(result.summary);
  } catch (error) {
    console.error(error.message);
    process.exitCode = error.exitCode ?? 1;
  }
}

/** The value an earlier step handed over under `key`: the parent's, else a blocker's, else the task's own payload's. */
export function handedOver(doc, key) {
  const earlier = [doc.parent, ...(doc.blockers ?? [])].map((task) => task?.result?.data?.[key]);
  return [...earlier, doc.task?.payload?.[key]].find((value) => typeof value === "string" && value !== "");
}
