import { grouped } from "./check.mjs";

/** Faults that end a running attempt, or take it from its launcher when they last longer than the lease. */
const ENDING = new Set([
  ...["kill launcher", "kill leader", "kill command", "restart launcher", "stop launcher", "cut off, then kill"],
  ...["refuse connections", "swallow bytes", "delay bytes"],
]);

/** Executions of one task that overlap in time: the price of "at least once" when a launcher cannot be reached. */
export function overlaps(runs) {
  let count = 0;
  for (const same of grouped(runs, ({ task }) => task).values()) {
    const whole = same.filter(({ end }) => end !== null);
    whole.forEach((a, i) => {
      for (const b of whole.slice(i + 1)) if (a.start < b.end && b.start < a.end) count++;
    });
  }
  return count;
}

/** The longest time from a fault that ended a running attempt to its task running again; null when there was none. */
export function longestRecovery({ runs, faults }) {
  const byTask = grouped(runs, ({ task }) => task);
  let longest = null;
  for (const run of runs) {
    if (run.end !== null) continue;
    const hit = faults.find(({ kind, launcher, at, until, pid, skipped }) => {
      if (skipped || launcher !== run.launcher || !ENDING.has(kind)) return false;
      return kind === "kill command" ? pid === run.pid : until >= run.start && at >= run.start - 100;
    });
    const again = byTask.get(run.task).filter(({ start }) => hit && start > Math.max(hit.at, run.start));
    if (again.length === 0) continue;
    const ms = Math.min(...again.map(({ start }) => start)) - hit.at;
    if (longest === null || ms > longest.ms) longest = { ms, task: run.task, kind: hit.kind, at: hit.at };
  }
  return longest;
}

/** Claims whose launcher was ended, or the task cancelled, before the command could be started. */
export function claimsNotRun({ records, runs }) {
  const ran = new Set(runs.map(({ task, epoch }) => `${task}.${epoch}`));
  const claims = records.flatMap(({ task_id, history }) => history.map(({ epoch }) => `${task_id}.${epoch}`));
  return claims.filter((claim) => !ran.has(claim)).length;
}

/** Completed tasks the world was never told of. */
export function completionsNotTold({ records, events }) {
  const told = new Set(
    events.filter(({ subject }) => subject.endsWith(".tasks.completed")).map(({ message }) => message.task_id),
  );
  return records.filter(({ status, task_id }) => status === "completed" && !told.has(task_id)).map((r) => r.task_id);
}
