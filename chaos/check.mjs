/**
 * How long a launcher must have had after an execution ended before a lost result counts against it: on a machine that
 * runs everything of a run at once, a process may wait for seconds until it is its turn.
 */
const REPORT_MS = 4_000;
/** A stop that the launcher sent may have crossed the command's own end: its word for that comes within this. */
const CROSSED_MS = 15_000;

/** What must never be: each kind above 0 fails the run. */
export const VIOLATIONS = ["lost", "lost completion", "completed twice", "stale fence", "stuck", "stalled", "orphan"];

const OPEN = new Set(["blocked", "scheduled", "awaiting_approval", "available", "in_progress"]);

/**
 * Holds what happened against what was promised. Pure: facts in, violations out.
 * @returns {{ kind: string, task: string | null, what: string }[]}
 */
export function check(facts) {
  const at = indexed(facts);
  return [
    ...at.published.flatMap((task) => kept(task, at)),
    ...facts.records.flatMap((record) => [...ended(record, at), ...once(record, at), ...fenced(record, at)]),
    ...facts.runs.flatMap((run) => reported(run, facts, at)),
    ...doubled(facts.runs),
    ...facts.cancelled.flatMap((cancel) => steered(cancel, at)),
    ...(facts.stalls ?? []).map(({ task, what }) => ({ kind: "stalled", task, what })),
    ...facts.survivors.map(({ pid, run_id, command }) => {
      const task = facts.runs.find((run) => run.run_id === run_id)?.task ?? null;
      return { kind: "orphan", task, what: `process ${pid} lives: ${command}` };
    }),
  ];
}

function indexed(facts) {
  const records = new Map(facts.records.map((record) => [record.task_id, record]));
  const byTitle = grouped(facts.records, ({ title }) => title);
  return {
    records,
    byTitle,
    children: grouped(facts.records, ({ parent_id }) => parent_id),
    published: facts.published,
    cancelled: new Set(facts.cancelled.map(({ task_id }) => task_id)),
    runs: grouped(facts.runs, ({ task, epoch }) => `${task}.${epoch}`),
    late: new Set([...facts.late, ...facts.errors.filter(isStale).map(({ message: m }) => `${m.task_id}.${m.epoch}`)]),
    completedEvents: grouped(
      facts.events.filter(({ subject }) => subject.endsWith(".tasks.completed")),
      ({ message }) => message.task_id,
    ),
  };
}

/** The items of a list by key, in their order. */
export function grouped(list, keyOf) {
  const groups = new Map();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

const isStale = ({ message }) => message?.reason === "stale_result";
const lost = (task, what) => [{ kind: "lost", task, what }];

/** An acknowledged publish is one record, and a completed one has its hand-offs, each once. */
function kept({ title, task_id, children }, { byTitle, children: childrenOf }) {
  const found = byTitle.get(title) ?? [];
  if (found.length === 0) return lost(task_id ?? title, "its publish was acknowledged, and there is no record");
  if (found.length > 1) return lost(title, `taken in ${found.length} times: ${found.map((r) => r.task_id).join(", ")}`);
  const [record] = found;
  const handedOff = childrenOf.get(record.task_id)?.length ?? 0;
  const wanted = record.status === "completed" ? children : 0;
  return handedOff === wanted ? [] : lost(record.task_id, `it has ${handedOff} hand-offs, not ${wanted}`);
}

/** Ended, and for a reason that there is. */
function ended(record, { cancelled, records, runs }) {
  const { task_id, status, error, history } = record;
  if (OPEN.has(status)) {
    const owner = record.owner === null ? "" : ` (${record.owner})`;
    return [{ kind: "stuck", task: task_id, what: `${status}${owner} since ${record.updated_at}` }];
  }
  if (status === "cancelled" && !cancelled.has(task_id)) return lost(task_id, "cancelled, and nobody asked for it");
  if (status === "failed") {
    const blockers = record.blocked_by.map((id) => records.get(id)?.status);
    const owed = error?.reason === "dependency_failed" && blockers.some((s) => s === "failed" || s === "cancelled");
    return owed ? [] : lost(task_id, `failed: ${error?.reason}: ${error?.message}`);
  }
  if (status !== "completed") return [];
  const entry = history.findLast((each) => each.outcome === "completed");
  const run = runs.get(`${task_id}.${entry?.epoch}`)?.find(({ end, code }) => end !== null && code === 0);
  return run ? [] : lost(task_id, `completed in epoch ${entry?.epoch}, and no agent ran that to its end`);
}

/** Completed at most once, in the record and to the world. */
function once({ task_id, history }, { completedEvents }) {
  const entries = history.filter(({ outcome }) => outcome === "completed").map(({ epoch }) => epoch);
  const told = [...new Set((completedEvents.get(task_id) ?? []).map(({ message }) => message.epoch))];
  const twice = (what) => [{ kind: "completed twice", task: task_id, what }];
  if (entries.length > 1) return twice(`its history has completions in epochs ${entries.join(", ")}`);
  return told.length > 1 ? twice(`completed events of epochs ${told.join(", ")}`) : [];
}

/** One claim is run once. */
function doubled(runs) {
  return [...grouped(runs, ({ task, epoch }) => `${task}.${epoch}`).values()]
    .filter((same) => same.length > 1)
    .map(([{ task, epoch, launcher }, other]) => {
      const what = `epoch ${epoch} was run twice, by ${launcher} and ${other.launcher}`;
      return { kind: "completed twice", task, what };
    });
}

/** What was accepted came from the last claim, and is what that claim's own process handed in. */
function fenced({ task_id, epoch, history, status, result }, { runs }) {
  if (status !== "completed") return [];
  const stale = (what) => [{ kind: "stale fence", task: task_id, what }];
  const entry = history.findLast(({ outcome }) => outcome === "completed");
  if (!entry || entry.epoch !== epoch) {
    return stale(`the completion of epoch ${entry?.epoch} was accepted, and the record is at epoch ${epoch}`);
  }
  const { data } = result ?? {};
  if (data?.epoch !== epoch) return stale(`epoch ${epoch} completed with the result of epoch ${data?.epoch}`);
  const pids = (runs.get(`${task_id}.${epoch}`) ?? []).map(({ pid }) => pid);
  return pids.includes(data.pid) ? [] : stale(`completed with the result of process ${data.pid}, which did not run it`);
}

/** A cancellation that was acknowledged holds. */
function steered({ task_id, acked }, { records }) {
  const status = records.get(task_id)?.status;
  return !acked || status === "cancelled"
    ? []
    : lost(task_id, `its cancellation was acknowledged, and it is ${status}`);
}

/** What an agent finished was accepted, or kept as a late result, unless its launcher had no time to do either. */
function reported(run, facts, { records, late }) {
  if (run.end === null || run.code !== 0) return [];
  const record = records.get(run.task);
  const entry = record?.history.find(({ epoch }) => epoch === run.epoch);
  if (!record || entry?.outcome === "completed" || late.has(`${run.task}.${run.epoch}`)) return [];
  if (excuse(run, entry, facts) !== null) return [];
  const what = `epoch ${run.epoch} ended well at ${new Date(run.end).toISOString()} on ${run.launcher}`;
  const outcome = entry?.outcome ?? "not in the history";
  return [{ kind: "lost completion", task: run.task, what: `${what}, and its result is nowhere (${outcome})` }];
}

/** Why a result may be missing; null: nothing excuses it. */
function excuse(run, entry, { lives, stops, fullDisks, told, killedCommands }) {
  const { launcher, start, end } = run;
  // A command may outlive its launcher for a moment, and end while the next one runs.
  const life = lives.find(
    ({ launcher: id, from, to }) => id === launcher && from <= start && (to === null || end <= to),
  );
  if (!life) return "its launcher was gone";
  // Between the command's end and the launcher's, not counting the time it was stopped.
  const until = life.to ?? Number.POSITIVE_INFINITY;
  const asleep = stops
    .filter((stop) => stop.launcher === launcher)
    .reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, until) - Math.max(from, end)), 0);
  if (life.how === "killed" && until - end - asleep < REPORT_MS) return "its launcher was killed";
  const full = ({ launcher: id, from, to }) =>
    id === launcher && from - 500 <= Math.min(until, end + CROSSED_MS) && to >= end;
  if (fullDisks.some(full)) return "its launcher's disk was full";
  // Ended from outside between its last line and its exit.
  if (killedCommands.some(({ pid, task }) => pid === run.pid && task === run.task)) return "its command was killed";
  if (entry?.outcome === "handed_back" && entry.reason === "shutdown") return "its launcher was being stopped";
  const crossed = ({ event, launcher: id, task_id, at }) =>
    event === "stopped" && id === launcher && task_id === run.task && at >= end - 500 && at <= end + CROSSED_MS;
  return told.some(crossed) ? "its launcher stopped it as it ended" : null;
}
