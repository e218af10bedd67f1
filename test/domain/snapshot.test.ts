import { describe, expect, it } from "vitest";
import type { Beat } from "../../src/domain/message.js";
import { agentState, type Attention, takeSnapshot } from "../../src/domain/snapshot.js";
import { STATUSES, type TaskRecord } from "../../src/domain/task.js";
import { beat, later, NOW, recordIn, role } from "./records.js";

const now = Date.parse(NOW);

it.each<[Beat["status"], number, boolean]>([
  ["idle", 0, false],
  ["idle", 90_000, false],
  ["idle", 90_001, true],
  ["busy", 90_001, true],
  ["offline", 90_001, false],
  ["idle", -5_000, false],
])("an agent that is %s, last heard of %i ms ago: lost %s", (status, age, isLost) => {
  expect(agentState(beat({ status }), new Date(now - age), now)).toEqual({
    ...beat({ status }),
    last_heartbeat: later(-age),
    heartbeat_age_ms: Math.max(0, age),
    lost: isLost,
  });
});

const DESIGN = role("debbie", { types: ["design"] });
const LEADER = { instance_id: "i1", since: NOW };
const task = (task_id: string, over: Partial<TaskRecord> = {}, status: TaskRecord["status"] = "available") =>
  recordIn(status, { task_id, title: "T", type: "design", ...over });

function snapshot(given: Partial<Parameters<typeof takeSnapshot>[0]>) {
  return takeSnapshot({
    workspace: "MJ",
    now,
    leader: LEADER,
    beats: [],
    tasks: [],
    roles: [DESIGN],
    paused: [],
    quotas: [],
    ...given,
  });
}

it("nothing at all", () => {
  expect(snapshot({ leader: null })).toEqual({
    workspace: "MJ",
    taken_at: NOW,
    leader: null,
    agents: [],
    tasks: Object.fromEntries(STATUSES.map((status) => [status, 0])),
    last_hour: { completed: 0, failed: 0 },
    paused: [],
    rate_limited: [],
    attention: [],
  });
});

it("counts every status", () => {
  const tasks = STATUSES.flatMap((status, i) => Array.from({ length: i + 1 }, (_, n) => task(`${i}-${n}`, {}, status)));
  expect(snapshot({ tasks }).tasks).toEqual(Object.fromEntries(STATUSES.map((status, i) => [status, i + 1])));
});

it.each([
  [0, 1],
  [3_599_999, 1],
  [3_600_000, 0],
])("what ended %i ms ago counts %i in the last hour", (age, count) => {
  const finished_at = later(-age);
  const tasks = [task("a", { finished_at }, "completed"), task("b", { finished_at }, "failed")];
  expect(snapshot({ tasks }).last_hour).toEqual({ completed: count, failed: count });
});

it("shows agents by name, and one that said goodbye for an hour", () => {
  const heard = (agent_id: string, status: Beat["status"], age: number) => ({
    beat: beat({ agent_id, status }),
    storedAt: new Date(now - age),
  });
  const beats = [
    heard("Morgan", "idle", 0),
    heard("gone", "offline", 3_600_000),
    heard("Alice", "offline", 3_599_999),
    heard("Debbie", "busy", 99_999_999),
  ];
  const taken = snapshot({ beats });
  expect(taken.agents.map((agent) => agent.agent_id)).toEqual(["Alice", "Debbie", "Morgan"]);
  expect(taken.attention).toEqual([{ kind: "lost_agent", id: "Debbie", text: "silent for 100000s (box, pid 7)" }]);
});

describe("what needs attention", () => {
  it.each<[string, TaskRecord[], Attention[]]>([
    ["nothing that goes its way", [task("a"), task("b", {}, "in_progress"), task("c", {}, "completed")], []],
    ["nor what a person ended", [task("a", {}, "cancelled")], []],
    ["nor what waits for its time or others", [task("a", {}, "scheduled"), task("b1"), task("b", {}, "blocked")], []],
    [
      "a blocker that does not exist",
      [task("b", {}, "blocked")],
      [{ kind: "blocked_by_missing", id: "b", text: "T: waits for b1, which does not exist" }],
    ],
    [
      "an approval",
      [task("a", {}, "awaiting_approval")],
      [{ kind: "awaiting_approval", id: "a", text: "T: mjagent approve a" }],
    ],
    [
      "a task for no role",
      [task("a", { type: "else" })],
      [{ kind: "unrouted", id: "a", text: "T: no role matches it yet" }],
    ],
    ["a failure", [task("a", {}, "failed")], [{ kind: "failed", id: "a", text: "T: exit code 1" }]],
    [
      "a failure of what it waited for",
      [task("a", { error: { reason: "dependency_failed", message: "b is failed" } }, "failed")],
      [{ kind: "blocked_by_failed", id: "a", text: "T: b is failed" }],
    ],
    [
      "a failure without a word",
      [task("a", { error: null }, "failed")],
      [{ kind: "failed", id: "a", text: "T: failed" }],
    ],
  ])("%s", (_, tasks, attention) => {
    expect(snapshot({ tasks }).attention).toEqual(attention);
  });

  it.each([
    ["open", task("a"), 1],
    ["all ended", task("a", {}, "completed"), 0],
  ])("no dispatcher while tasks are %s", (_, given, count) => {
    const found = snapshot({ leader: null, tasks: [given] }).attention;
    expect(found.filter(({ kind }) => kind === "no_dispatcher")).toHaveLength(count);
  });
});

it("a pause is what somebody should look at", () => {
  const pause = { by: "kim@here", reason: "moving", at: "2030-01-01T00:00:00.000Z" };
  const paused = [
    { role: null, ...pause, reason: null },
    { role: "debbie", ...pause },
  ];
  const { attention } = snapshot({ paused });
  expect(attention).toEqual([
    { kind: "paused", id: "everything", text: "paused by kim@here" },
    { kind: "paused", id: "debbie", text: "paused by kim@here: moving" },
  ]);
});
