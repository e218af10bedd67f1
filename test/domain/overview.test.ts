import { describe, expect, it } from "vitest";
import { AgentWatch } from "../../src/domain/agent-watch.js";
import { type Overview, overviewOf, quantilesOf, type Seen } from "../../src/domain/overview.js";
import { type AttemptOutcome, type Status, type TaskRecord } from "../../src/domain/task.js";
import { TaskTable } from "../../src/domain/task-table.js";
import { beat, later, NOW, recordIn, role } from "./records.js";

const now = Date.parse(NOW);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function overview(
  tasks: [id: string, status: Status, over?: Partial<TaskRecord>][],
  over: Partial<Seen> = {},
): Overview {
  const table = new TaskTable();
  table.setRoles([role("debbie", { types: ["design"] })]);
  tasks.forEach(([task_id, status, of], i) =>
    table.apply(recordIn(status, { task_id, title: "T", type: "design", ...of }), i + 1),
  );
  return overviewOf({
    workspace: "MJ",
    now,
    leader: { instance_id: "i1", since: NOW },
    agents: [],
    rows: table.rows(),
    paused: [],
    quotas: [],
    budgets: [],
    spentToday: { usd: 0, tokens: 0 },
    exists: (id) => table.has(id),
    isUnrouted: ({ task_id }) => table.isUnrouted(task_id),
    ...over,
  });
}

it("counts, and what ended when", () => {
  const ended = (ms: number, over: Partial<TaskRecord> = {}) => ({
    finished_at: later(-ms),
    started_at: later(-ms - 100),
    ...over,
  });
  const found = overview(
    [
      ["q1", "available", { updated_at: later(-9_000) }],
      ["q2", "available", { updated_at: later(-5_000) }],
      ["r", "in_progress", { created_at: later(-HOUR), started_at: later(-HOUR + 700), epoch: 1, history: [] }],
      ["s", "scheduled"],
      ["c1", "completed", ended(30_000)],
      ["c2", "completed", ended(MINUTE)],
      ["c3", "completed", ended(13 * HOUR)],
      ["f1", "failed", ended(59 * MINUTE)],
      ["f2", "failed", ended(23 * HOUR)],
      ["f3", "failed", ended(25 * HOUR)],
      ["x", "cancelled", ended(10)],
    ],
    { spentToday: { usd: 0.3, tokens: 12_000 } },
  );
  expect(found).toMatchObject({
    taken_at: NOW,
    ...{ queued: 2, running: 1, waiting: 1, failed_24h: 2, cost_today_usd: 0.3, tokens_today: 12_000 },
    queue: { depth: 2, oldest_at: later(-9_000) },
    tasks: { available: 2, completed: 3, failed: 3, cancelled: 1, blocked: 0 },
    wait_ms: { p50: 700, p95: 700 },
    run_ms: { p50: 100, p95: 100 },
  });
  expect(found.throughput).toHaveLength(60);
  expect(found.throughput.at(-1)).toEqual({ minute: NOW, completed: 0, failed: 0 });
  const some = found.throughput.filter(({ completed, failed }) => completed + failed > 0);
  expect(some).toEqual([
    { minute: later(-59 * MINUTE), completed: 0, failed: 1 },
    { minute: later(-MINUTE), completed: 2, failed: 0 },
  ]);
});

it("nothing at all", () => {
  expect(overview([], { leader: null })).toMatchObject({
    ...{ queued: 0, wait_ms: null, run_ms: null, cost_today_usd: 0, queue: { depth: 0, oldest_at: null } },
    attention: { items: [], total: 0, by_kind: {} },
  });
});

it("what needs attention: each kind in its order, so many of each at most, and how many there are", () => {
  const beats = new Map([
    ["Gone", { beat: beat({ agent_id: "Gone" }), storedAt: new Date(now - HOUR) }],
    ["Here", { beat: beat({ agent_id: "Here" }), storedAt: new Date(now) }],
  ]);
  const failed = (n: number): [string, Status, Partial<TaskRecord>] => [`f${n}`, "failed", { updated_at: later(n) }];
  const found = overview(
    [
      ["b", "blocked", { blocked_by: ["none"] }],
      ["d", "failed", { error: { reason: "dependency_failed", message: "f1 failed" } }],
      ["u", "available", { type: "none" }],
      ...Array.from({ length: 30 }, (_, n) => failed(n)),
      ["a2", "awaiting_approval", { updated_at: later(2) }],
      ["a1", "awaiting_approval", { updated_at: later(1) }],
    ],
    {
      leader: null,
      paused: [{ role: null, by: "kim", reason: null, at: NOW }],
      agents: new AgentWatch(beats).states(now),
      quotas: [1, 0].map((ms) => ({ account: `q${ms}`, until: later(ms), at: NOW, by: "A", message: "", refusals: 0 })),
    },
  );
  expect(found.agents).toEqual({ online: 1, lost: 1 });
  expect(found.attention.total).toBe(39);
  expect(found.attention.by_kind).toMatchObject({ failed: 30, awaiting_approval: 2, unrouted: 1 });
  const failures = Array.from({ length: 20 }, (_, i) => `failed f${29 - i}`);
  expect(found.attention.items.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    "no_dispatcher dispatcher",
    "paused everything",
    "rate_limited q1",
    ...["awaiting_approval a1", "awaiting_approval a2"],
    ...failures,
    ...["unrouted u", "lost_agent Gone", "blocked_by_failed d", "blocked_by_missing b"],
  ]);
  expect(found.attention.items[3]).toMatchObject({ since: later(1), text: "T: mjagent approve a1" });
});

it.each([
  [[], null],
  [[7], { p50: 7, p95: 7 }],
  [Array.from({ length: 100 }, (_, i) => 100 - i), { p50: 50, p95: 95 }],
])("quantiles of %j", (values, quantiles) => {
  expect(quantilesOf(values)).toEqual(quantiles);
});

describe("agents as they are watched", () => {
  const at = (ms: number) => ({ beat: beat({ lease_ms: 1_000 }), storedAt: new Date(now + ms) });

  it("who falls silent, comes back, and is not shown any more, is news once", () => {
    const beats = new Map([["Debbie", at(0)]]);
    const watch = new AgentWatch(beats);
    expect(watch.heard("Debbie", now)).toMatchObject({ lost: false });
    expect(watch.heard("nobody", now)).toBeNull();
    const nothing = { changed: [], removed: [] };
    expect(watch.look(now + 1_000)).toEqual(nothing);
    expect(watch.look(now + 1_001).changed).toMatchObject([{ agent_id: "Debbie", lost: true }]);
    expect(watch.look(now + 1_002)).toEqual(nothing);
    beats.set("Debbie", at(2_000));
    expect(watch.heard("Debbie", now + 2_000)).toMatchObject({ lost: false });
    beats.delete("Debbie");
    expect(watch.look(now + 2_001)).toEqual({ changed: [], removed: ["Debbie"] });
  });

  it("what each ended last is the newest there is, and news once, whether or not a beat tells of it", () => {
    const watch = new AgentWatch(new Map([["Debbie", at(0)]]));
    const ended = (task_id: string, ms: number, outcome: AttemptOutcome | null) => {
      const ended_at = outcome && later(ms);
      const attempt = {
        ...{ attempt: 1, agent_id: "Debbie", instance_id: "i", epoch: 1, started_at: NOW, reason: null },
      };
      watch.task({
        ...recordIn("in_progress", { task_id, title: task_id }),
        history: [{ ...attempt, ended_at, outcome }],
      });
    };
    const news = () => watch.news(now).map(({ last }) => last && [last.task_id, last.outcome]);
    ended("a", 2, "failed");
    expect(news()).toEqual([["a", "failed"]]);
    ended("a", 2, "failed");
    ended("runs", 9, null);
    ended("older", 1, "completed");
    expect(news()).toEqual([]);
    ended("b", 3, "handed_back");
    expect(watch.heard("Debbie", now)?.last).toMatchObject({ task_id: "b", ended_at: later(3) });
    expect(news()).toEqual([]);
    watch.noTask("a");
    expect(news()).toEqual([]);
    watch.noTask("b");
    expect(news()).toEqual([null]);
    ended("c", 4, "completed");
    watch.noTask();
    expect(watch.states(now)).toMatchObject([{ last: null }]);
  });

  it("silence while the server was away makes nobody lost", () => {
    const watch = new AgentWatch(new Map([["Debbie", at(0)]]));
    watch.restart(now + HOUR);
    expect(watch.states(now + HOUR + 1_000)).toMatchObject([{ lost: false }]);
    expect(watch.states(now + HOUR + 1_001)).toMatchObject([{ lost: true }]);
  });
});
