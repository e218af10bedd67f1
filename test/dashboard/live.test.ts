import { expect, it } from "vitest";
import { backoff } from "../../src/dashboard/live/backoff.js";
import { restAfter } from "../../src/dashboard/live/rest.js";
import { type Live, nothingYet, patched, take } from "../../src/dashboard/live/reduce.js";
import type { Change, LiveMessage, Overview, TaskRow } from "../../src/dashboard/wire.js";

const snapshot = (seq: number): LiveMessage => ({
  type: "snapshot",
  seq,
  overview: { queued: seq } as Overview,
  agents: [],
  events: [],
  connection: { connected: true, since: "2030-01-01T00:00:00Z" },
});
const agent = (agent_id: string): Change => ({ type: "agent", agent: { agent_id } as never });
const changes = (from: number, ...list: Change[]): LiveMessage => ({
  type: "changes",
  from,
  to: from + list.length - 1,
  changes: list,
});
const after = (...messages: LiveMessage[]): Live | "gap" =>
  messages.reduce<Live | "gap">((live, message) => {
    const step = live === "gap" ? live : take(live, message);
    return step === "gap" ? step : step.live;
  }, nothingYet);
const names = (live: Live | "gap"): unknown => live !== "gap" && [...live.agents.keys()];

it("takes changes that follow on a snapshot", () => {
  const live = after(
    snapshot(7),
    changes(8, agent("a"), agent("b")),
    changes(10, { type: "agent_removed", agent_id: "a" }),
  );
  expect(live).toMatchObject({ seq: 10 });
  expect(names(live)).toEqual(["b"]);
});

it("takes nothing before a snapshot, and nothing twice", () => {
  expect(after(changes(1, agent("a")))).toEqual(nothingYet);
  expect(names(after(snapshot(7), changes(6, agent("a"), agent("b"))))).toEqual([]);
});

it("notices a gap", () => {
  expect(after(snapshot(7), changes(9, agent("a")))).toBe("gap");
});

it("after a resync waits for the next snapshot; what was known stays to be seen", () => {
  const waiting = after(snapshot(7), changes(8, agent("a")), { type: "resync" });
  expect(waiting).toMatchObject({ seq: null, overview: { queued: 7 } });
  expect(after(snapshot(7), { type: "resync" }, changes(30, agent("a")))).toMatchObject({ seq: null });
  expect(names(after(snapshot(7), { type: "resync" }, snapshot(40), changes(41, agent("c"))))).toEqual(["c"]);
});

it("a snapshot means that lists are read anew; changes of tasks are handed on", () => {
  expect(take(nothingYet, snapshot(7))).toMatchObject({ anew: true, tasks: [] });
  const known = after(snapshot(7)) as Live;
  const task: Change = { type: "task", task: { task_id: "t" } as TaskRow };
  expect(take(known, changes(8, task))).toMatchObject({ anew: false, tasks: [task] });
});

it("keeps the newest events, newest first", () => {
  const event = (at: number): Change => ({ type: "event", event: { time: String(at) } as never });
  const many = Array.from({ length: 300 }, (_, at) => event(at));
  const live = after(snapshot(0), changes(1, ...many));
  expect(live !== "gap" && live.events.length).toBe(200);
  expect(live !== "gap" && live.events[0]).toEqual({ time: "299" });
});

it("patches the rows that are there, and takes no older state for newer", () => {
  const row = (task_id: string, revision: number): TaskRow => ({ task_id, revision }) as TaskRow;
  const rows = [row("a", 3), row("b", 3)];
  const now = patched(rows, [
    { type: "task", task: row("b", 4) },
    { type: "task", task: row("a", 2) },
    { type: "task", task: row("c", 1) },
  ]);
  expect(now).toEqual([row("a", 3), row("b", 4)]);
  expect(patched(rows, [{ type: "task_removed", task_id: "a" }])).toBe(rows);
});

it.each([
  [0, 0, 250],
  [0, 0.999, 500],
  [3, 0, 2_000],
  [60, 0.999, 9_995],
])("after %d tries, %d: waits %d ms", (tries, random, ms) => {
  expect(backoff(tries, random)).toBe(ms);
});

it.each([
  [0, 0],
  [10, 40],
  [50, 200],
  [400, 200],
])("after a drawing of %d ms it rests for %d ms", (took, rest) => {
  expect(restAfter(took)).toBe(rest);
});
