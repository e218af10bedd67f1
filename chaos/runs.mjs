import { readFileSync } from "node:fs";

/** Clock of /proc/uptime to epoch ms; its hundredths of a second are what run times are good for. */
const uptimeZero = () => Date.now() - Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1_000;

/**
 * What the agents of one launcher wrote: one entry a run, `end` and `code` null when it did not come to its end.
 * @returns {{ launcher: string, task: string, epoch: number, run_id: string, pid: number, start: number, end: number | null, code: number | null }[]}
 */
export function readRuns(launcher, file) {
  const zero = uptimeZero();
  const runs = new Map();
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  for (const line of text.split("\n")) {
    const [word, task, epoch, run_id, pid, up, code] = line.split(" ");
    if (up === undefined) continue;
    const at = Math.round(zero + Number(up) * 1_000);
    if (word === "start") {
      runs.set(run_id, {
        launcher,
        task,
        epoch: Number(epoch),
        run_id,
        pid: Number(pid),
        start: at,
        end: null,
        code: null,
      });
    } else Object.assign(runs.get(run_id) ?? {}, { end: at, code: Number(code) });
  }
  return [...runs.values()];
}
