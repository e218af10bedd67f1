import { randomOf } from "./random.mjs";

/** Faults alone must never use the attempts up. */
const MAX_ATTEMPTS = 50;

/**
 * The tasks of a seed, spread over `spreadMs`: groups, each published in order at its moment. Titles are unique: by
 * them a record is recognised also when its id was not ours to choose.
 * @returns {{ at: number, items: { task: object, via: "operation" | "bare", children: number, cancelAfter: number | null }[] }[]}
 */
export function workloadOf(seed, tasks, spreadMs) {
  const random = randomOf(seed, "workload");
  const groups = [];
  let made = 0;
  while (made < tasks) {
    const items = groupOf(random, made, tasks - made);
    groups.push({ at: Math.round((spreadMs * made) / tasks), items });
    made += items.length;
  }
  return groups;
}

function groupOf(random, from, room) {
  const kind = random.weighted({ single: 70, bare: 15, chain: 6, fan: 3, reversed: 2 });
  const idOf = (n) => `chaos-${String(from + n).padStart(5, "0")}`;
  const make = (n, more = {}) => itemOf(random, idOf(n), more);
  if (kind === "single" || room < 8) return [cancelSometimes(random, make(0), 0.06)];
  if (kind === "bare") {
    const item = make(0, { via: "bare" });
    // Its id is then derived from where the message came to lie in the stream.
    if (random.chance(0.5)) delete item.task.task_id;
    return [item];
  }
  if (kind === "fan") {
    const leaves = random.int(3, 6);
    const root = cancelSometimes(random, make(0), 0.15);
    const middle = Array.from({ length: leaves }, (_, i) => make(i + 1, { blocked_by: [idOf(0)] }));
    const ids = middle.map(({ task }) => task.task_id);
    return [root, ...middle, make(leaves + 1, { blocked_by: ids, on_blocker_failure: "run" })];
  }
  const length = random.int(3, 5);
  const via = kind === "reversed" ? "bare" : "operation";
  const chain = Array.from({ length }, (_, i) => make(i, { via, ...(i > 0 && { blocked_by: [idOf(i - 1)] }) }));
  if (kind === "chain") cancelSometimes(random, chain[0], 0.15);
  // A foreign client may name a blocker before that one is there.
  return kind === "reversed" ? chain.toReversed() : chain;
}

function itemOf(random, id, { via = "operation", ...more }) {
  // Who matches: one role, two of them (either), or the one that hands off (relay).
  const type = random.weighted({ cut: 30, join: 30, either: 30, relay: 10 });
  const how = random.weighted({ ok: 84, fail: 5, later: 4, leave: 5, hold: 1 });
  // Longer ones are hit again and again: those of 6 s alone made a run a minute longer.
  const ms = random.chance(0.03) ? random.int(1_500, 3_000) : random.int(40, 400);
  const task = {
    task_id: id,
    title: id,
    type,
    priority: random.pick(["urgent", "high", "normal", "normal", "low"]),
    max_attempts: MAX_ATTEMPTS,
    payload: { how, seconds: (ms / 1_000).toFixed(3) },
    ...(random.chance(0.05) && { not_before: `${random.int(1, 5)}s` }),
    ...more,
  };
  return { task, via, children: type === "relay" ? 1 : 0, cancelAfter: null };
}

/** Waiting or running by then, as it comes. */
function cancelSometimes(random, item, p) {
  if (random.chance(p)) item.cancelAfter = random.int(0, 1_500);
  return item;
}
