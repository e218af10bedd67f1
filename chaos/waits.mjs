import { grouped } from "./check.mjs";
import { intersect, longest, subtract, union } from "./intervals.mjs";

/** A connection is back, and its client has noticed. */
const RECONNECT_MS = 2_500;
const WAKE_MS = 1_000;
const SERVER_BACK_MS = 3_000;
/** After a run: what it left is ended, and its result written. */
const AFTER_RUN_MS = 1_500;
/** A token that was handed to an agent that then was gone is hidden for 5 s: its consumer's ack_wait. */
const ACK_WAIT_MS = 6_000;
/** Beyond all of these, an available task beside an idle agent is left lying. */
const STALLED_MS = 10_000;
/** Whoever claimed must have learnt it by then. */
const CLAIM_MS = 8_000;
/** These do nothing to the launcher itself. */
const HARMLESS = new Set(["fill disk", "kill command"]);

/**
 * How long available tasks waited although an agent that matches them was idle and in order, and so were the leader
 * and the servers.
 * @param facts `availableAt`: when each task became available; `takers`: launcher ids by type of task
 * @returns `waits`, longest first, and `stalls`: waits that nothing explains any more
 */
export function idleWaits(facts) {
  const { availableAt, records, takers, endedAt } = facts;
  const byId = new Map(records.map((record) => [record.task_id, record]));
  const orderly = subtract(
    leading(facts),
    spansOf(facts.faults, (fault) => fault.server, SERVER_BACK_MS),
  );
  const idle = new Map();
  const calm = new Map();
  for (const [type, launchers] of Object.entries(takers)) {
    const someone = union(launchers.flatMap((launcher) => idleSpans(launcher, facts)));
    idle.set(type, intersect(someone, orderly));
    const hidden = spansOf(facts.faults, (fault) => fault.server || launchers.includes(fault.launcher), ACK_WAIT_MS);
    calm.set(type, subtract(idle.get(type), hidden));
  }
  const waits = [];
  const stalls = [];
  for (const { task, at } of availableAt) {
    const record = byId.get(task);
    if (!record || !idle.has(record.type)) continue;
    const claimed = record.history.map(({ started_at }) => Date.parse(started_at)).find((time) => time >= at);
    const span = [[at, claimed ?? timeOf(record.finished_at) ?? endedAt]];
    const ms = intersect(span, idle.get(record.type)).reduce((sum, [from, to]) => sum + to - from, 0);
    if (ms > 0) waits.push({ task, ms });
    const [left, right] = longest(intersect(span, calm.get(record.type))) ?? [0, 0];
    if (right - left > STALLED_MS) {
      stalls.push({ task, what: `available since ${new Date(at).toISOString()}, beside an idle agent` });
    }
  }
  stalls.push(...notRun(facts));
  return { waits: waits.toSorted((a, b) => b.ms - a.ms), stalls };
}

/** Claims of launchers that were in order for long afterwards and never ran them: they do not know that they have them. */
function notRun(facts) {
  const ran = new Set(facts.runs.map(({ task, epoch }) => `${task}.${epoch}`));
  const claims = facts.records.flatMap(({ task_id, history }) =>
    history.filter(({ epoch }) => !ran.has(`${task_id}.${epoch}`)).map((entry) => ({ ...entry, task: task_id })),
  );
  const away = spansOf(facts.faults, (fault) => fault.server, SERVER_BACK_MS);
  return claims.flatMap(({ task, epoch, agent_id, started_at, ended_at }) => {
    const span = [[Date.parse(started_at), timeOf(ended_at) ?? facts.endedAt]];
    const [from, to] = longest(intersect(span, subtract(orderlySpans(agent_id, facts), away))) ?? [0, 0];
    if (to - from <= CLAIM_MS) return [];
    return [{ task, what: `${agent_id} claimed epoch ${epoch} at ${started_at} and did not run it` }];
  });
}

const timeOf = (text) => (text ? Date.parse(text) : null);

const spansOf = (faults, isOf, afterMs) =>
  faults.filter((fault) => !fault.skipped && isOf(fault)).map(({ at, until }) => [at, until + afterMs]);

/** When a launcher was up and could be reached. */
function orderlySpans(launcher, { lives, told, faults }) {
  const registered = told.filter((event) => event.event === "registered" && event.launcher === launcher);
  const up = lives
    .filter((life) => life.launcher === launcher)
    .flatMap(({ from, to }) => {
      const first = registered.find(({ at }) => at >= from && at <= to);
      return first ? [[first.at + WAKE_MS, to]] : [];
    });
  return subtract(
    up,
    spansOf(faults, (fault) => fault.launcher === launcher && !HARMLESS.has(fault.kind), RECONNECT_MS),
  );
}

/** When it ran nothing besides. */
function idleSpans(launcher, facts) {
  const histories = grouped(
    facts.records.flatMap(({ task_id, history }) =>
      history.map((entry) => ({ ...entry, key: `${task_id}.${entry.epoch}` })),
    ),
    ({ key }) => key,
  );
  const busy = facts.runs
    .filter((run) => run.launcher === launcher)
    .map(({ task, epoch, start, end }) => {
      const entry = histories.get(`${task}.${epoch}`)?.[0];
      return [start - AFTER_RUN_MS, (end ?? timeOf(entry?.ended_at) ?? start) + AFTER_RUN_MS];
    });
  return subtract(orderlySpans(launcher, facts), busy);
}

/** When somebody led who was in order: from each election to the next one. */
function leading(facts) {
  const elected = facts.told.filter(({ event }) => event === "leading").toSorted((a, b) => a.at - b.at);
  return union(
    elected.flatMap(({ launcher, at }, i) => {
      const life = facts.lives.find((each) => each.launcher === launcher && each.from <= at && at <= each.to);
      const until = Math.min(life?.to ?? at, elected[i + 1]?.at ?? facts.endedAt);
      return intersect([[at + WAKE_MS, until]], orderlySpans(launcher, facts));
    }),
  );
}
