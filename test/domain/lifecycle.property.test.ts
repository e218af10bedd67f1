import fc from "fast-check";
import { expect, it } from "vitest";
import { attemptState } from "../../src/domain/attempt-state.js";
import { isRejected, type TaskEvent, transition } from "../../src/domain/lifecycle.js";
import { FAILURE_REASONS, type FailureReason } from "../../src/domain/reasons.js";
import { emptyResult, isTerminal, NewTask, STATUSES, type TaskRecord } from "../../src/domain/task.js";
import { type Fence, holdsFence } from "../../src/domain/fence.js";
import { deepFreeze, fenceOf, later } from "./records.js";

/** Which fence a report carries: that of the record as it is, or of some attempt that was, or nobody's. */
type Aim = { at: "current" } | { at: "past"; back: number } | { at: "forged"; fence: Fence };

interface Step {
  wait_ms: number;
  aim: Aim;
  make: (fence: Fence) => TaskEvent;
}

const owner = fc.constantFrom("Debbie", "Alice", "Doc");
const instance = fc.constantFrom("i1", "i2");
const delay = fc.constantFrom(0, 1, 500, 60_000);

const aim: fc.Arbitrary<Aim> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Aim>({ at: "current" }) },
  { weight: 3, arbitrary: fc.record({ at: fc.constant("past" as const), back: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.constant("forged" as const),
      fence: fc.record({ owner, instance_id: instance, epoch: fc.nat(6) }),
    }),
  },
);

const LATE = { type: "late_result", report: "completed", summary: "s", object: "late/t1.1" } as const;

const claimed = fc
  .record({ owner, instance_id: instance, max_attempts: fc.integer({ min: 1, max: 4 }) })
  .map((by): Step["make"] => () => ({ type: "claimed", ...by }));
const report: fc.Arbitrary<Step["make"]> = fc.oneof(
  fc.constant<Step["make"]>((fence) => ({ type: "completed", fence, result: emptyResult(), handoff: [] })),
  fc
    .record({
      reason: fc.constantFrom(...(Object.keys(FAILURE_REASONS) as FailureReason[])),
      retryable: fc.boolean(),
      delay_ms: delay,
    })
    .map((how): Step["make"] => (fence) => ({ type: "attempt_failed", fence, message: "m", result: null, ...how })),
  fc.constant<Step["make"]>((fence) => ({ type: "owner_lost", fence, message: "silent" })),
  delay.map((delay_ms): Step["make"] => (fence) => ({ type: "handed_back", fence, reason: "snooze", delay_ms })),
);
const other = fc.constantFrom<Step["make"]>(
  () => ({ type: "published", task_id: "t1", task: NewTask.parse({ title: "again" }), blockers: [] }),
  () => ({ type: "unblocked" }),
  () => ({ type: "blocker_failed", blocker_id: "b", message: "m" }),
  () => ({ type: "due" }),
  () => ({ type: "approved", by: "kim", reason: null }),
  () => ({ type: "rejected", by: "kim", reason: null }),
  () => ({ type: "cancelled", by: "kim", reason: null }),
  () => ({ type: "retried", by: "kim", reason: null }),
);
const wait_ms = fc.constantFrom(0, 1, 1_000, 120_000);
const anyStep: fc.Arbitrary<Step> = fc.record({
  wait_ms,
  aim,
  make: fc.oneof({ weight: 6, arbitrary: claimed }, { weight: 6, arbitrary: report }, { weight: 3, arbitrary: other }),
});
const lateStep: fc.Arbitrary<Step> = fc.record({
  wait_ms,
  aim: fc.record({ at: fc.constant("past" as const), back: fc.nat(2) }),
  make: fc.constant<Step["make"]>((fence) => ({ ...LATE, fence })),
});
const step = fc.oneof({ weight: 6, arbitrary: anyStep }, { weight: 1, arbitrary: lateStep });

const start = fc.record({
  blockers: fc.array(fc.constantFrom("open" as const, "completed" as const, "failed" as const), { maxLength: 2 }),
  require_approval: fc.boolean(),
  not_before: fc.constantFrom(undefined, "1s", "10m"),
  max_attempts: fc.constantFrom(undefined, 1, 2, 5),
  on_blocker_failure: fc.constantFrom("fail" as const, "run" as const),
});

const runs = fc.record({ start, steps: fc.array(step, { maxLength: 60, size: "max" }) });

/** Plays a run and shows each step: the record before and after it, frozen, and the event. */
function play(
  run: { start: typeof start extends fc.Arbitrary<infer T> ? T : never; steps: Step[] },
  look: (before: TaskRecord, event: TaskEvent, outcome: ReturnType<typeof transition>) => void,
): TaskRecord {
  let clock = 0;
  const { blockers, ...task } = run.start;
  const blocked_by = blockers.map((_, i) => `b${i}`);
  const published: TaskEvent = {
    type: "published",
    task_id: "t1",
    task: NewTask.parse({ title: "t", blocked_by, ...task }),
    blockers,
  };
  let record = transition(null, published, later(0)) as TaskRecord;
  const fences: Fence[] = [];
  for (const { wait_ms, aim: where, make } of run.steps) {
    clock += wait_ms;
    deepFreeze(record);
    const past = where.at === "past" ? fences.at(-1 - where.back) : undefined;
    const event = make(where.at === "forged" ? where.fence : (past ?? fenceOf(record)));
    const outcome = transition(record, event, later(clock));
    look(record, event, outcome);
    if (isRejected(outcome)) continue;
    record = outcome;
    if (event.type === "claimed") fences.push(fenceOf(record));
  }
  return record;
}

it("holds in any sequence of events: owner, epoch, attempts, ends", () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(runs, (run) => {
      play(run, (before, event, outcome) => {
        if (isRejected(outcome)) {
          expect(outcome.message.length).toBeGreaterThan(5);
          return;
        }
        reached.add(`${before.status} ${event.type} ${outcome.status}`);
        if (event.type === "late_result") {
          const strip = ({ history, ...rest }: TaskRecord) => [rest, history.map(({ late: _, ...entry }) => entry)];
          expect(strip(outcome)).toEqual(strip(before));
          return;
        }
        expect(STATUSES).toContain(outcome.status);
        expect(outcome.task_id).toBe(before.task_id);
        // At most one owner, and one whenever it runs.
        if (outcome.status === "in_progress") expect(outcome.owner).not.toBeNull();
        else if (!isTerminal(outcome.status)) expect([outcome.owner, outcome.instance_id]).toEqual([null, null]);
        expect(outcome.history.filter((entry) => entry.ended_at === null)).toHaveLength(
          outcome.status === "in_progress" ? 1 : 0,
        );
        // The epoch never falls, and rises with a claim only.
        expect(outcome.epoch - before.epoch).toBe(event.type === "claimed" ? 1 : 0);
        expect(outcome.attempts).toBeGreaterThanOrEqual(0);
        expect(outcome.attempts).toBeLessThanOrEqual(outcome.max_attempts);
        if (outcome.status === "available" || outcome.status === "scheduled") {
          expect(outcome.attempts, "what may run has an attempt left").toBeLessThan(outcome.max_attempts);
        }
        // Ended: only a person's retry changes it, and a completed one nothing.
        if (isTerminal(before.status)) {
          expect(event.type).toBe("retried");
          expect(before.status).not.toBe("completed");
        }
        expect(outcome.finished_at !== null).toBe(isTerminal(outcome.status));
        if (outcome.status === "scheduled") expect(outcome.not_before).not.toBeNull();
        expect(new Set(outcome.history.map((entry) => entry.epoch)).size).toBe(outcome.history.length);
      });
    }),
    { numRuns: 500 },
  );
  // The generator is worth something only while it gets everywhere.
  for (const way of [
    "in_progress completed completed",
    "in_progress attempt_failed scheduled",
    "in_progress attempt_failed failed",
    "in_progress owner_lost available",
    "in_progress handed_back available",
    "in_progress cancelled cancelled",
    "failed retried available",
    "cancelled retried available",
    "scheduled due available",
  ]) {
    expect(reached, way).toContain(way);
  }
  expect([...reached].some((way) => way.includes("late_result"))).toBe(true);
});

it("never lets a late report change a record", () => {
  let late = 0;
  fc.assert(
    fc.property(runs, (run) => {
      play(run, (before, event, outcome) => {
        if (!("fence" in event) || event.type === "late_result") return;
        const current = before.status === "in_progress" && holdsFence(before, event.fence);
        if (!current) late++;
        expect(isRejected(outcome)).toBe(!current);
      });
    }),
    { numRuns: 300 },
  );
  expect(late).toBeGreaterThan(100);
});

it("attemptState agrees with what became of each attempt", () => {
  fc.assert(
    fc.property(runs, (run) => {
      const ends = new Map<number, { fence: Fence; how: "running" | "reported" | "superseded" }>();
      const record = play(run, (before, event, outcome) => {
        if (isRejected(outcome) || event.type === "late_result") return;
        if (event.type === "claimed") ends.set(outcome.epoch, { fence: fenceOf(outcome), how: "running" });
        const attempt = ends.get(before.epoch);
        if (!attempt || before.status !== "in_progress") return;
        const own = event.type === "completed" || event.type === "attempt_failed" || event.type === "handed_back";
        attempt.how = own ? "reported" : "superseded";
      });
      for (const { fence, how } of ends.values()) expect(attemptState(record, fence)).toBe(how);
      const others = { owner: "Nobody", instance_id: "i1", epoch: record.epoch };
      expect(attemptState(record, others)).toBe("superseded");
    }),
    { numRuns: 300 },
  );
});

it("takes the same event twice as one, or refuses it", () => {
  fc.assert(
    fc.property(runs, (run) => {
      play(run, (_, event, outcome) => {
        if (isRejected(outcome)) return;
        expect(isRejected(transition(outcome, event, outcome.updated_at))).toBe(true);
      });
    }),
    { numRuns: 200 },
  );
});
