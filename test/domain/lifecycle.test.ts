import { describe, expect, it } from "vitest";
import { attemptState } from "../../src/domain/attempt-state.js";
import { blockerState } from "../../src/domain/blocker-state.js";
import { isRejected, type Rejected, type TaskEvent, transition } from "../../src/domain/lifecycle.js";
import {
  type AttemptRecord,
  emptyResult,
  isTerminal,
  NewTask,
  STATUSES,
  type Status,
  type TaskRecord,
} from "../../src/domain/task.js";
import {
  accepted,
  apply,
  attempt,
  claim,
  deepFreeze,
  FENCE,
  fenceOf,
  later,
  NOW,
  published,
  recordIn,
} from "./records.js";

type EventType = TaskEvent["type"];
type From = Status | "none";

/** One event of each type that fits the records of `recordIn`. The type makes a new event need an entry here. */
const EVENTS: { [K in EventType]: Extract<TaskEvent, { type: K }> } = {
  published: { type: "published", task_id: "t1", task: NewTask.parse({ title: "t" }), blockers: [] },
  unblocked: { type: "unblocked" },
  blocker_failed: { type: "blocker_failed", blocker_id: "b1", message: "b1 is failed" },
  due: { type: "due" },
  approved: { type: "approved", by: "kim", reason: null },
  rejected: { type: "rejected", by: "kim", reason: "too vague" },
  claimed: { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 3 },
  session: {
    type: "session",
    fence: FENCE,
    session: { adapter: "codex", session_id: "s1", host: "h", cwd: "/site", usage: null },
  },
  completed: { type: "completed", fence: FENCE, result: emptyResult(), handoff: [] },
  attempt_failed: {
    type: "attempt_failed",
    fence: FENCE,
    reason: "exit",
    message: "exit code 1",
    retryable: true,
    delay_ms: 1_000,
    result: null,
  },
  owner_lost: { type: "owner_lost", fence: FENCE, message: "Debbie was silent for 90s" },
  handed_back: { type: "handed_back", fence: FENCE, reason: "shutdown", delay_ms: 0 },
  cancelled: { type: "cancelled", by: "kim", reason: "not needed" },
  retried: { type: "retried", by: "kim", reason: null },
  late_result: { type: "late_result", fence: FENCE, report: "completed", summary: "done", object: "late/t1.3" },
};
const EVENT_TYPES = Object.keys(EVENTS) as EventType[];
const FROM: From[] = ["none", ...STATUSES];

/** What every event makes of every status. `!` marks a rejection. */
const TABLE: Record<From, Record<EventType, Status | `!${Rejected["rejected"]}`>> = {
  none: {
    published: "available",
    unblocked: "!missing",
    blocker_failed: "!missing",
    due: "!missing",
    approved: "!missing",
    rejected: "!missing",
    claimed: "!missing",
    completed: "!missing",
    attempt_failed: "!missing",
    owner_lost: "!missing",
    handed_back: "!missing",
    cancelled: "!missing",
    retried: "!missing",
    session: "!missing",
    late_result: "!missing",
  },
  blocked: {
    published: "!exists",
    unblocked: "available",
    blocker_failed: "failed",
    due: "!wrong_status",
    approved: "!wrong_status",
    rejected: "!wrong_status",
    claimed: "!wrong_status",
    completed: "!wrong_status",
    attempt_failed: "!wrong_status",
    owner_lost: "!wrong_status",
    handed_back: "!wrong_status",
    cancelled: "cancelled",
    retried: "!wrong_status",
    session: "!wrong_status",
    late_result: "!unaffected",
  },
  scheduled: {
    published: "!exists",
    unblocked: "!wrong_status",
    blocker_failed: "!wrong_status",
    due: "available",
    approved: "!wrong_status",
    rejected: "!wrong_status",
    claimed: "!wrong_status",
    completed: "!wrong_status",
    attempt_failed: "!wrong_status",
    owner_lost: "!wrong_status",
    handed_back: "!wrong_status",
    cancelled: "cancelled",
    retried: "!wrong_status",
    session: "!wrong_status",
    late_result: "!unaffected",
  },
  awaiting_approval: {
    published: "!exists",
    unblocked: "!wrong_status",
    blocker_failed: "!wrong_status",
    due: "!wrong_status",
    approved: "available",
    rejected: "cancelled",
    claimed: "!wrong_status",
    completed: "!wrong_status",
    attempt_failed: "!wrong_status",
    owner_lost: "!wrong_status",
    handed_back: "!wrong_status",
    cancelled: "cancelled",
    retried: "!wrong_status",
    session: "!wrong_status",
    late_result: "!unaffected",
  },
  available: {
    published: "!exists",
    unblocked: "!wrong_status",
    blocker_failed: "!wrong_status",
    due: "!wrong_status",
    approved: "!wrong_status",
    rejected: "!wrong_status",
    claimed: "in_progress",
    completed: "!wrong_status",
    attempt_failed: "!wrong_status",
    owner_lost: "!wrong_status",
    handed_back: "!wrong_status",
    cancelled: "cancelled",
    retried: "!wrong_status",
    session: "!wrong_status",
    late_result: "!unaffected",
  },
  in_progress: {
    published: "!exists",
    unblocked: "!wrong_status",
    blocker_failed: "!wrong_status",
    due: "!wrong_status",
    approved: "!wrong_status",
    rejected: "!wrong_status",
    claimed: "!wrong_status",
    completed: "completed",
    attempt_failed: "scheduled",
    owner_lost: "available",
    handed_back: "available",
    cancelled: "cancelled",
    retried: "!wrong_status",
    session: "in_progress",
    late_result: "!unaffected",
  },
  completed: {
    published: "!exists",
    unblocked: "!wrong_status",
    blocker_failed: "!wrong_status",
    due: "!wrong_status",
    approved: "!wrong_status",
    rejected: "!wrong_status",
    claimed: "!wrong_status",
    completed: "!wrong_status",
    attempt_failed: "!wrong_status",
    owner_lost: "!wrong_status",
    handed_back: "!wrong_status",
    cancelled: "!wrong_status",
    retried: "!wrong_status",
    session: "!wrong_status",
    late_result: "!unaffected",
  },
  failed: {
    published: "!exists",
    unblocked: "!wrong_status",
    blocker_failed: "!wrong_status",
    due: "!wrong_status",
    approved: "!wrong_status",
    rejected: "!wrong_status",
    claimed: "!wrong_status",
    completed: "!wrong_status",
    attempt_failed: "!wrong_status",
    owner_lost: "!wrong_status",
    handed_back: "!wrong_status",
    cancelled: "!wrong_status",
    retried: "available",
    session: "!wrong_status",
    late_result: "!unaffected",
  },
  cancelled: {
    published: "!exists",
    unblocked: "!wrong_status",
    blocker_failed: "!wrong_status",
    due: "!wrong_status",
    approved: "!wrong_status",
    rejected: "!wrong_status",
    claimed: "!wrong_status",
    completed: "!wrong_status",
    attempt_failed: "!wrong_status",
    owner_lost: "!wrong_status",
    handed_back: "!wrong_status",
    cancelled: "!wrong_status",
    retried: "available",
    session: "!wrong_status",
    late_result: "!unaffected",
  },
};

describe("the lifecycle table", () => {
  it("has a row for every status and none, and in each a cell for every event", () => {
    expect(Object.keys(TABLE).sort()).toEqual([...FROM].sort());
    for (const from of FROM) expect(Object.keys(TABLE[from]).sort(), from).toEqual([...EVENT_TYPES].sort());
    expect(FROM.length * EVENT_TYPES.length).toBe(9 * 15);
  });

  const cells = FROM.flatMap((from) => EVENT_TYPES.map((event) => [from, event, TABLE[from][event]] as const));

  it.each(cells)("%s + %s → %s", (from, type, to) => {
    const record = from === "none" ? null : recordIn(from);
    const before = structuredClone(record);
    const outcome = transition(record, deepFreeze(EVENTS[type]), NOW);
    expect(record, "the record given is left alone").toEqual(before);
    if (to.startsWith("!")) {
      expect(outcome).toEqual({ rejected: to.slice(1), message: expect.stringMatching(/.{5,}/) as string });
      return;
    }
    const next = accepted(outcome);
    expect(next.status).toBe(to);
    expect(next.updated_at).toBe(NOW);
    expect(next.finished_at, "ended records say when").toBe(isTerminal(next.status) ? NOW : null);
    if (!isTerminal(next.status) && next.status !== "in_progress") {
      expect([next.owner, next.instance_id], "nobody owns what nobody runs").toEqual([null, null]);
    }
    for (const entry of next.history) {
      const running = next.status === "in_progress" && entry.epoch === next.epoch;
      expect(entry.ended_at === null, "only a running attempt has no end").toBe(running);
    }
  });

  it.each(STATUSES.filter(isTerminal).map((status) => [status]))("%s keeps its reason to be there", (status) => {
    for (const type of EVENT_TYPES.filter((t) => t !== "retried")) {
      expect(isRejected(transition(recordIn(status), EVENTS[type], NOW)), type).toBe(true);
    }
  });
});

describe("published", () => {
  const AHEAD = later(60_000);
  const PAST = later(-60_000);
  it.each([
    // blockers                 approval  not_before  on failure   → status
    [[], false, undefined, "fail", "available"],
    [[], false, PAST, "fail", "available"],
    [[], false, NOW, "fail", "available"],
    [[], false, AHEAD, "fail", "scheduled"],
    [[], false, "1m", "fail", "scheduled"],
    [[], false, "0s", "fail", "available"],
    [[], true, undefined, "fail", "awaiting_approval"],
    [[], true, AHEAD, "fail", "awaiting_approval"],
    [["completed"], false, undefined, "fail", "available"],
    [["completed", "completed"], true, undefined, "fail", "awaiting_approval"],
    [["open"], false, undefined, "fail", "blocked"],
    [["open"], true, AHEAD, "fail", "blocked"],
    [["completed", "open"], false, undefined, "fail", "blocked"],
    [["failed"], false, undefined, "fail", "failed"],
    [["open", "failed"], true, AHEAD, "fail", "failed"],
    [["failed"], false, undefined, "run", "available"],
    [["failed"], false, AHEAD, "run", "scheduled"],
    [["failed"], true, undefined, "run", "awaiting_approval"],
    [["failed", "open"], false, undefined, "run", "blocked"],
  ] as const)("blockers %j, approval %j, not before %s, %s → %s", (blockers, approval, not_before, failure, status) => {
    const task = NewTask.parse({
      title: "t",
      blocked_by: blockers.map((_, i) => `b${i}`),
      on_blocker_failure: failure,
      require_approval: approval,
      not_before,
    });
    const record = apply(null, { type: "published", task_id: "t1", task, blockers: [...blockers] });
    expect(record.status).toBe(status);
    expect(record.error?.reason ?? null).toBe(status === "failed" ? "dependency_failed" : null);
    expect(record.finished_at).toBe(status === "failed" ? NOW : null);
  });

  it("fills every field of a minimal task", () => {
    const task = NewTask.parse({ title: "t" });
    expect(apply(null, { type: "published", task_id: "t9", task, blockers: [] })).toEqual({
      task_id: "t9",
      title: "t",
      description: null,
      type: null,
      phase: null,
      tags: [],
      files: [],
      priority: "normal",
      blocked_by: [],
      on_blocker_failure: "fail",
      status: "available",
      owner: null,
      instance_id: null,
      role: null,
      fail_when_lost: false,
      epoch: 0,
      attempts: 0,
      max_attempts: 3,
      max_attempts_fixed: false,
      timeout_ms: null,
      require_approval: false,
      created_at: NOW,
      created_by: null,
      updated_at: NOW,
      started_at: null,
      finished_at: null,
      not_before: null,
      parent_id: null,
      payload: null,
      payload_object: null,
      payload_excerpt: null,
      result: null,
      result_object: null,
      error: null,
      session: null,
      steered: null,
      handoff: [],
      history: [],
      source_seq: null,
    });
  });

  it("keeps what the publisher said", () => {
    const task = NewTask.parse({
      title: "t",
      priority: "HIGH",
      blocked_by: ["a", "b", "a"],
      timeout: "2m",
      max_attempts: 7,
      parent_id: 4,
      payload: { deep: [1] },
      not_before: "2030-01-01T14:00:00+02:00",
      created_by: "kim",
    });
    const record = apply(null, { type: "published", task_id: "t9", task, blockers: ["open"], source_seq: 12 });
    expect(record).toMatchObject({
      priority: "high",
      blocked_by: ["a", "b"],
      timeout_ms: 120_000,
      max_attempts: 7,
      max_attempts_fixed: true,
      parent_id: "4",
      payload: { deep: [1] },
      not_before: NOW,
      created_by: "kim",
      source_seq: 12,
    });
  });

  it.each([["999999999999d"], ["9".repeat(400) + "d"], ["275760-01-01"], ["8640000000000001ms"]])(
    "a start as far away as %s never throws",
    (not_before) => {
      const parsed = NewTask.safeParse({ title: "t", not_before });
      if (!parsed.success) return;
      const record = apply(null, { type: "published", task_id: "t1", task: parsed.data, blockers: [] });
      expect(record.status).toBe("scheduled");
      expect(Date.parse(record.not_before ?? "")).toBeGreaterThan(Date.parse(NOW));
    },
  );
});

describe("conditions", () => {
  const AHEAD = later(1);
  it.each([
    ["blocked, nothing more", "blocked", {}, "available"],
    ["blocked, not before ahead", "blocked", { not_before: AHEAD }, "scheduled"],
    ["blocked, not before reached", "blocked", { not_before: NOW }, "available"],
    ["blocked, approval wanted", "blocked", { require_approval: true }, "awaiting_approval"],
    ["blocked, approval wanted first", "blocked", { require_approval: true, not_before: AHEAD }, "awaiting_approval"],
  ] as const)("unblocked: %s → %s", (_, from, over, to) => {
    expect(apply(recordIn(from, over), { type: "unblocked" }).status).toBe(to);
  });

  it.each([
    ["nothing more", {}, "available"],
    ["not before ahead", { not_before: AHEAD }, "scheduled"],
    ["not before reached", { not_before: NOW }, "available"],
  ] as const)("approved, %s → %s", (_, over, to) => {
    expect(apply(recordIn("awaiting_approval", over), { type: "approved", by: "kim", reason: null }).status).toBe(to);
  });

  it.each([
    [{ type: "approved", by: "kim", reason: "looks good" }, "awaiting_approval"],
    [{ type: "rejected", by: "kim", reason: null }, "awaiting_approval"],
    [{ type: "cancelled", by: "kim", reason: "not needed" }, "in_progress"],
    [{ type: "retried", by: "kim", reason: "fixed the brief" }, "failed"],
  ] as const)("keeps who did it, why and when: %j", (event, from) => {
    const { type: action, by, reason } = event;
    expect(apply(recordIn(from), event).steered).toEqual({ action, by, reason, at: NOW });
  });

  it.each([
    [later(-1), "available"],
    [NOW, "available"],
    [null, "available"],
    [later(1), "!not_due"],
  ] as const)("due with not_before %s → %s", (not_before, to) => {
    const outcome = transition(recordIn("scheduled", { not_before }), { type: "due" }, NOW);
    expect(isRejected(outcome) ? `!${outcome.rejected}` : outcome.status).toBe(to);
  });

  it.each([
    ["fail", "failed"],
    ["run", "!unaffected"],
  ] as const)("a failed blocker with on_blocker_failure %s → %s", (on_blocker_failure, to) => {
    const outcome = transition(recordIn("blocked", { on_blocker_failure }), EVENTS.blocker_failed, NOW);
    expect(isRejected(outcome) ? `!${outcome.rejected}` : outcome.status).toBe(to);
    if (!isRejected(outcome)) expect(outcome.error).toEqual({ reason: "dependency_failed", message: "b1 is failed" });
  });

  it.each([
    // attempts  of  retryable → status      not_before
    [1, 3, true, "scheduled", later(1_000)],
    [2, 3, true, "scheduled", later(1_000)],
    [3, 3, true, "failed", null],
    [4, 3, true, "failed", null],
    [1, 1, true, "failed", null],
    [1, 3, false, "failed", null],
    [3, 3, false, "failed", null],
  ] as const)("attempt %i of %i failed, retryable %s → %s", (attempts, max_attempts, retryable, to, not_before) => {
    const record = recordIn("in_progress", { attempts, max_attempts });
    const result = { ...emptyResult(), output: "half" };
    const next = apply(record, { ...EVENTS.attempt_failed, retryable, result });
    expect(next).toMatchObject({ status: to, not_before, attempts, result, epoch: 3 });
    expect(next.error).toEqual({ reason: "exit", message: "exit code 1" });
    expect(next.history).toEqual([attempt({ ended_at: NOW, outcome: "failed", reason: "exit" })]);
    expect(next.owner).toBe(to === "failed" ? "Debbie" : null);
  });

  it.each([
    [1, 3, false, "available"],
    [2, 3, false, "available"],
    [3, 3, false, "failed"],
    [1, 1, false, "failed"],
    [1, 3, true, "failed"],
  ] as const)(
    "owner lost in attempt %i of %i, fails when lost %s → %s",
    (attempts, max_attempts, fail_when_lost, to) => {
      const next = apply(recordIn("in_progress", { attempts, max_attempts, fail_when_lost }), EVENTS.owner_lost);
      expect(next).toMatchObject({ status: to, attempts, not_before: null, epoch: 3 });
      expect(next.error).toEqual({ reason: "agent_lost", message: "Debbie was silent for 90s" });
      expect(next.history).toEqual([attempt({ ended_at: NOW, outcome: "lost", reason: "agent_lost" })]);
    },
  );

  it.each([
    [0, "available", null],
    [-5, "available", null],
    [1, "scheduled", later(1)],
    [30_000, "scheduled", later(30_000)],
  ] as const)("handed back with a delay of %i → %s", (delay_ms, to, not_before) => {
    const next = apply(recordIn("in_progress"), { ...EVENTS.handed_back, reason: "snooze", delay_ms });
    expect(next).toMatchObject({ status: to, not_before, attempts: 0, owner: null, instance_id: null, epoch: 3 });
    expect(next.history).toEqual([attempt({ ended_at: NOW, outcome: "handed_back", reason: "snooze" })]);
    const said = apply(recordIn("in_progress"), { ...EVENTS.handed_back, message: "no disk" });
    expect(said.history).toMatchObject([{ outcome: "handed_back", message: "no disk" }]);
  });

  it.each([[Number.MAX_VALUE], [Number.POSITIVE_INFINITY], [1e20]])("a delay of %d never throws", (delay_ms) => {
    for (const event of [EVENTS.attempt_failed, EVENTS.handed_back]) {
      const next = apply(recordIn("in_progress"), { ...event, delay_ms });
      expect(next.status).toBe("scheduled");
      expect(Date.parse(next.not_before ?? "")).toBeGreaterThan(Date.parse(NOW));
    }
  });
});

describe("claimed", () => {
  it("takes the next epoch and one attempt, and starts an entry of the history", () => {
    const next = claim(recordIn("available", { epoch: 6, attempts: 1, not_before: later(-1) }), "Debbie-2", "i9");
    expect(next).toMatchObject({
      owner: "Debbie-2",
      instance_id: "i9",
      epoch: 7,
      attempts: 2,
      started_at: NOW,
      not_before: null,
    });
    expect(next.history).toEqual([attempt({ attempt: 2, agent_id: "Debbie-2", instance_id: "i9", epoch: 7 })]);
  });

  it.each([
    // fixed  epoch  own  role's → max_attempts
    [false, 0, 3, 5, 5],
    [false, 0, 3, 1, 1],
    [true, 0, 7, 5, 7],
    [false, 1, 5, 2, 5],
    [true, 1, 7, 2, 7],
  ])("fixed %s, epoch %i: the limit %i meets a role's %i → %i", (max_attempts_fixed, epoch, own, roles, limit) => {
    const record = recordIn("available", { max_attempts_fixed, epoch, max_attempts: own });
    expect(claim(record, "Debbie", "i1", roles).max_attempts).toBe(limit);
  });

  it("keeps a history of bounded length, the newest at the end", () => {
    let record = published();
    for (let i = 1; i <= 150; i++) {
      record = claim(record);
      record = apply(record, { type: "handed_back", fence: fenceOf(record), reason: "snooze", delay_ms: 0 });
    }
    expect(record).toMatchObject({ epoch: 150, attempts: 0, status: "available" });
    expect(record.history).toHaveLength(100);
    expect(record.history.at(-1)?.epoch).toBe(150);
  });
});

describe("the fence", () => {
  const reports = ["completed", "attempt_failed", "owner_lost", "handed_back"] as const;
  const wrong = [
    ["another owner", { owner: "Alice" }],
    ["another instance", { instance_id: "i0" }],
    ["an older epoch", { epoch: 2 }],
    ["a newer epoch", { epoch: 4 }],
  ] as const;
  it.each(reports.flatMap((type) => wrong.map(([what, over]) => [type, what, over] as const)))(
    "%s of %s is refused",
    (type, _, over) => {
      const event = { ...EVENTS[type], fence: { ...FENCE, ...over } };
      expect(transition(recordIn("in_progress"), event, NOW)).toMatchObject({ rejected: "stale_fence" });
    },
  );

  it("refuses the report of an attempt that was cancelled, then retried and claimed again by the same agent", () => {
    const first = claim(published());
    const late: TaskEvent = { ...EVENTS.completed, fence: fenceOf(first) };
    const cancelled = apply(first, EVENTS.cancelled);
    expect(transition(cancelled, late, NOW)).toMatchObject({ rejected: "wrong_status" });
    const retried = apply(cancelled, EVENTS.retried);
    expect(transition(retried, late, NOW)).toMatchObject({ rejected: "wrong_status" });
    const again = claim(retried);
    expect(transition(again, late, NOW)).toMatchObject({ rejected: "stale_fence" });
    expect(again).toMatchObject({ owner: first.owner, instance_id: first.instance_id, epoch: 2, attempts: 1 });
  });
});

describe("cancelled", () => {
  it("ends the running attempt, and keeps the owner, who has to be told", () => {
    const next = apply(recordIn("in_progress"), EVENTS.cancelled);
    expect(next).toMatchObject({ ...FENCE, status: "cancelled", attempts: 1, finished_at: NOW });
    expect(next.error).toEqual({ reason: "cancelled", message: "cancelled by kim: not needed" });
    expect(next.history).toEqual([attempt({ ended_at: NOW, outcome: "cancelled", reason: "cancelled" })]);
  });

  it("leaves the history of a task that does not run alone", () => {
    const history = [attempt({ ended_at: NOW, outcome: "failed", reason: "exit" })];
    const next = apply(recordIn("scheduled", { history }), { type: "cancelled", by: "kim", reason: null });
    expect(next.history).toEqual(history);
    expect(next.error?.message).toBe("cancelled by kim");
  });
});

it.each([
  ["too vague", "rejected by kim: too vague"],
  [null, "rejected by kim"],
])("rejected with the reason %j", (reason, message) => {
  const next = apply(recordIn("awaiting_approval"), { type: "rejected", by: "kim", reason });
  expect(next).toMatchObject({ status: "cancelled", error: { reason: "rejected", message } });
});

it("completed carries the result and the hand-offs, and forgets the error of an earlier attempt", () => {
  const handoff = [NewTask.parse({ title: "next" })];
  const result = { ...emptyResult(), summary: "done" };
  const record = recordIn("in_progress", { error: { reason: "exit", message: "first try" } });
  expect(apply(record, { type: "completed", fence: FENCE, result, handoff })).toMatchObject({
    ...FENCE,
    status: "completed",
    error: null,
    result,
    handoff,
    history: [attempt({ ended_at: NOW, outcome: "completed" })],
  });
});

it("retried begins to count anew but keeps epoch and history", () => {
  const record = recordIn("failed", { not_before: later(9), result: emptyResult() });
  expect(apply(record, EVENTS.retried)).toMatchObject({
    status: "available",
    attempts: 0,
    epoch: 3,
    owner: null,
    instance_id: null,
    error: null,
    result: null,
    not_before: null,
    finished_at: null,
    history: record.history,
  });
});

describe("late_result", () => {
  const lost = attempt({ ended_at: NOW, outcome: "lost", reason: "agent_lost" });
  const event = EVENTS.late_result;

  it.each(STATUSES)("is noted at its attempt in a record that is %s, and changes nothing else", (status) => {
    const now = { owner: "Alice", instance_id: "i2", epoch: FENCE.epoch + 1 };
    const entries = [attempt({ epoch: 2 }), lost, attempt({ ...now, agent_id: "Alice" })];
    const record = recordIn(status, { history: entries, ...(status === "in_progress" && now) });
    const late = { outcome: "completed", summary: "done", at: later(5_000), object: "late/t1.3" };
    const next = apply(record, event, later(5_000));
    expect(next).toEqual({ ...record, history: [entries[0], { ...lost, late }, entries[2]] });
  });

  it.each([
    ["completed", "completed"],
    ["attempt_failed", "failed"],
    ["handed_back", "handed_back"],
  ] as const)("says what was reported: %s", (report, outcome) => {
    const next = apply(recordIn("available", { history: [lost] }), { ...event, report, summary: null });
    expect(next.history[0]?.late).toMatchObject({ outcome, summary: null });
  });

  it.each<[string, Partial<AttemptRecord>[]]>([
    ["that it does not know", []],
    ["of another agent", [{ ...lost, agent_id: "Alice" }]],
    ["of another instance", [{ ...lost, instance_id: "i2" }]],
    ["that reported in time", [{ ...lost, outcome: "completed" }]],
    ["that handed it back", [{ ...lost, outcome: "handed_back" }]],
    ["that has one already", [{ ...lost, late: { outcome: "failed", summary: null, at: NOW, object: "late/t1.3" } }]],
  ])("is refused for an attempt %s", (_, entries) => {
    const history = entries.map((entry) => attempt(entry));
    expect(transition(recordIn("available", { history }), event, NOW)).toMatchObject({ rejected: "unaffected" });
  });
});

describe("attemptState", () => {
  const running = recordIn("in_progress");
  const rows: [string, TaskRecord, "running" | "reported" | "superseded"][] = [
    ["runs", running, "running"],
    ["completed", apply(running, EVENTS.completed), "reported"],
    ["failed for good", apply(running, { ...EVENTS.attempt_failed, retryable: false }), "reported"],
    ["failed, to be retried", apply(running, EVENTS.attempt_failed), "reported"],
    ["handed back", apply(running, EVENTS.handed_back), "reported"],
    ["handed back, claimed again", claim(apply(running, EVENTS.handed_back)), "reported"],
    ["cancelled", apply(running, EVENTS.cancelled), "superseded"],
    ["cancelled and retried", apply(apply(running, EVENTS.cancelled), EVENTS.retried), "superseded"],
    ["lost", apply(running, EVENTS.owner_lost), "superseded"],
    ["lost, claimed by somebody else", claim(apply(running, EVENTS.owner_lost), "Alice", "i2"), "superseded"],
    ["unknown", recordIn("available"), "superseded"],
  ];
  it.each(rows)("an attempt that %s", (_, record, state) => {
    expect(attemptState(record, FENCE)).toBe(state);
  });

  it.each([
    ["another owner of the same launcher", { owner: "Alice" }],
    ["another instance", { instance_id: "i2" }],
    ["another epoch", { epoch: 2 }],
  ])("%s has nothing to do with it", (_, over) => {
    const done = apply(running, EVENTS.completed);
    expect(attemptState(running, { ...FENCE, ...over })).toBe("superseded");
    expect(attemptState(done, { ...FENCE, ...over })).toBe("superseded");
  });
});

it.each(
  STATUSES.map((s) => [s, s === "completed" ? "completed" : s === "failed" || s === "cancelled" ? "failed" : "open"]),
)("a blocker that is %s counts as %s", (status, state) => {
  expect(blockerState(status)).toBe(state);
});
