import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TaskEvent } from "../../src/domain/lifecycle.js";
import { emptyResult, isTerminal, NewTask, type TaskRecord } from "../../src/domain/task.js";
import { Fleet } from "./fleet.js";
import { fenceOf, role } from "./records.js";

const ROLES = [
  role("debbie", { types: ["design"] }),
  role("second", { types: ["design", "publishing"] }),
  role("morgan", { types: ["design"] }, ["completed"]),
];

/** What may happen to a fleet. Numbers choose among the tasks there are. */
type Happening =
  | { do: "publish"; type: string; after: number[]; stranger: boolean; run: boolean; approval: boolean; later: boolean }
  | { do: "claim"; task: number; owner: string; instance_id: string; max_attempts: number }
  | { do: "complete"; task: number; handoffs: number }
  | { do: "fail"; task: number; retryable: boolean; delay_ms: number }
  | { do: "hand_back"; task: number; delay_ms: number }
  | { do: "cancel" | "retry" | "approve" | "reject" | "take_token"; task: number }
  | { do: "die"; owner: string; instance_id: string }
  | { do: "wait"; ms: number }
  | { do: "deliver"; count: number }
  | { do: "stale_look" | "change_leader" | "lose_tokens" | "settle" };

const nth = fc.nat(1_000);
const owner = fc.constantFrom("Debbie", "Alice", "Doc");
const instance_id = fc.constantFrom("i1", "i2");
const delay_ms = fc.constantFrom(0, 100, 60_000);
const of = <T extends Happening["do"]>(kind: T) => fc.constant(kind);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: of("publish"),
      type: fc.constantFrom("design", "publishing", "nobody's"),
      after: fc.array(nth, { maxLength: 3 }),
      stranger: fc.nat(9).map((n) => n === 0),
      run: fc.boolean(),
      approval: fc.nat(4).map((n) => n === 0),
      later: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: of("claim"), task: nth, owner, instance_id, max_attempts: fc.constantFrom(1, 2, 3) }),
  },
  { weight: 4, arbitrary: fc.record({ do: of("complete"), task: nth, handoffs: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: of("fail"), task: nth, retryable: fc.boolean(), delay_ms }) },
  { weight: 1, arbitrary: fc.record({ do: of("hand_back"), task: nth, delay_ms }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "cancel" as const,
        "retry" as const,
        "approve" as const,
        "reject" as const,
        "take_token" as const,
      ),
      task: nth,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: of("die"), owner, instance_id }) },
  { weight: 2, arbitrary: fc.record({ do: of("wait"), ms: fc.constantFrom(1, 100, 60_000, 3_600_000) }) },
  { weight: 3, arbitrary: fc.record({ do: of("deliver"), count: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("stale_look" as const, "change_leader" as const, "lose_tokens" as const, "settle" as const),
    }),
  },
);
const story = fc.array(happening, { maxLength: 80, size: "max" });

const pick = <T>(from: readonly T[], n: number): T | undefined => from[n % Math.max(from.length, 1)];

function happen(fleet: Fleet, now: Happening): void {
  const records = fleet.all();
  const some = (status?: TaskRecord["status"]) => {
    const fitting = records.filter((record) => status === undefined || record.status === status);
    return pick(fitting, "task" in now ? now.task : 0);
  };
  const write = (record: TaskRecord | undefined, event: (record: TaskRecord) => TaskEvent): void => {
    if (record) fleet.write(record.task_id, event(record));
  };
  switch (now.do) {
    case "publish": {
      const blocked_by = now.after.flatMap((n) => pick(records, n)?.task_id ?? []);
      if (now.stranger) blocked_by.push("stranger");
      const task = NewTask.parse({
        title: "t",
        type: now.type,
        blocked_by,
        on_blocker_failure: now.run ? "run" : "fail",
        require_approval: now.approval,
        not_before: now.later ? "10s" : null,
      });
      fleet.publish(`t${records.length}`, task);
      break;
    }
    case "claim":
      write(some("available"), () => ({ type: "claimed", ...now }));
      break;
    case "complete": {
      const handoff = Array.from({ length: now.handoffs }, (_, i) => NewTask.parse({ title: `h${i}`, type: "design" }));
      write(some("in_progress"), (record) => ({
        type: "completed",
        fence: fenceOf(record),
        result: emptyResult(),
        handoff: handoff.map((task) => ({ ...task, parent_id: record.task_id })),
      }));
      break;
    }
    case "fail":
      write(some("in_progress"), (record) => ({
        type: "attempt_failed",
        fence: fenceOf(record),
        reason: "exit",
        message: "m",
        retryable: now.retryable,
        delay_ms: now.delay_ms,
        result: null,
      }));
      break;
    case "hand_back":
      write(some("in_progress"), (record) => ({
        type: "handed_back",
        fence: fenceOf(record),
        reason: "snooze",
        delay_ms: now.delay_ms,
      }));
      break;
    case "cancel":
      write(some(), () => ({ type: "cancelled", by: "kim", reason: null }));
      break;
    case "retry":
      write(some("failed"), () => ({ type: "retried", by: "kim", reason: null }));
      break;
    case "approve":
      write(some("awaiting_approval"), () => ({ type: "approved", by: "kim", reason: null }));
      break;
    case "reject":
      write(some("awaiting_approval"), () => ({ type: "rejected", by: "kim", reason: null }));
      break;
    case "take_token": {
      // An agent takes a token of a task that is not to be had, and throws it away.
      const record = some();
      if (record?.status === "available") break;
      for (const token of fleet.queue) if (record && token.endsWith(`.${record.task_id}`)) fleet.queue.delete(token);
      break;
    }
    case "die":
      fleet.dead.add(`${now.owner}/${now.instance_id}`);
      break;
    case "wait":
      fleet.clock += now.ms;
      break;
    case "deliver":
      fleet.deliver(now.count);
      break;
    case "stale_look":
      // It has not seen everything: what it decides may be refused, and must do no harm.
      for (const action of fleet.look().actions) fleet.act(action);
      break;
    case "change_leader":
      fleet.changeLeader();
      break;
    case "lose_tokens":
      fleet.queue.clear();
      fleet.audit();
      break;
    case "settle":
      fleet.settle();
      break;
  }
}

function play(happenings: Happening[]): Fleet {
  const fleet = new Fleet(ROLES);
  for (const now of happenings) happen(fleet, now);
  return fleet;
}

describe("whatever has happened", () => {
  it("comes to rest in few rounds, leaves nothing undone, and has nothing to do then", () => {
    let worked = 0;
    fc.assert(
      fc.property(story, (happenings) => {
        const fleet = play(happenings);
        const rounds = fleet.settle();
        if (rounds > 1) worked++;
        // A failure goes down a chain of blockers one task a round; a lost task is seen, then given out.
        expect(rounds).toBeLessThanOrEqual(fleet.records.size + 4);
        expect(fleet.leftUndone()).toEqual([]);
        expect(fleet.settle()).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(worked).toBeGreaterThan(50);
  });

  it("looking at what changed is as good as looking at everything", () => {
    fc.assert(
      fc.property(story, story, (before, after) => {
        const fleet = play(before);
        fleet.settle();
        // What changes without a record changing makes the dispatcher look at everything: not here.
        const quiet: Happening["do"][] = ["die", "wait", "change_leader", "lose_tokens", "settle", "stale_look"];
        for (const now of after) {
          if (quiet.includes(now.do)) continue;
          // A claim by somebody who is dead already is found at the next look at everything.
          if (now.do === "claim" && fleet.dead.has(`${now.owner}/${now.instance_id}`)) continue;
          happen(fleet, now);
          if (now.do === "publish") fleet.settleChanged();
        }
        fleet.settleChanged();
        expect(fleet.leftUndone()).toEqual([]);
        expect(fleet.look().actions).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("the next dispatcher finds the same to do as the one before it", () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const fleet = play(happenings);
        fleet.settle();
        fleet.changeLeader();
        expect(fleet.look().actions).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("wakes in time: whatever is due later is done at the moment it said", () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const fleet = play(happenings);
        for (let i = 0; i < 50; i++) {
          fleet.settle();
          const waits = fleet.all().filter((record) => record.status === "scheduled");
          const { wake_ms } = fleet.look();
          if (waits.length === 0) return;
          expect(wake_ms).not.toBeNull();
          fleet.clock += wake_ms ?? 0;
        }
      }),
      { numRuns: 100 },
    );
  });

  it("everything ends, with agents that live and work", () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const fleet = play(happenings);
        for (let rounds = 0; ; rounds++) {
          fleet.settle();
          for (const record of fleet.all()) {
            const { task_id, status } = record;
            const tokens = [...fleet.queue].filter((token) => token.endsWith(`.${task_id}`));
            if (status === "available" && tokens.length > 0) {
              tokens.slice(0, 1).forEach((token) => fleet.queue.delete(token));
              fleet.write(task_id, { type: "claimed", owner: "Zoe", instance_id: "z", max_attempts: 3 });
            } else if (status === "in_progress") {
              const fence = fenceOf(record);
              fleet.write(task_id, { type: "completed", fence, result: emptyResult(), handoff: [] });
            } else if (status === "awaiting_approval")
              fleet.write(task_id, { type: "approved", by: "kim", reason: null });
          }
          fleet.clock += 60_000;
          const left = fleet.openIds().map((id) => fleet.get(id));
          // What nobody is there for, and what waits for it or for a task that never comes, is all that may be left.
          const stuck = left.every(
            (record) =>
              (record?.status === "available" && record.type === "nobody's") ||
              (record?.status === "blocked" &&
                record.blocked_by.some((id) => !fleet.get(id) || !isTerminal(fleet.get(id)?.status ?? "blocked"))),
          );
          if (stuck && fleet.look().actions.length === 0) return;
          expect(rounds).toBeLessThan(3 * fleet.records.size + 10);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("particular fleets", () => {
  const chain = (length: number, over: object = {}): Fleet => {
    const fleet = new Fleet(ROLES);
    for (let i = 0; i < length; i++) {
      const blocked_by = i === 0 ? [] : [`t${i - 1}`];
      fleet.publish(`t${i}`, NewTask.parse({ title: "t", type: "design", blocked_by, ...over }));
    }
    return fleet;
  };

  it("a failure goes down a chain of 500, each naming the one before it", () => {
    const fleet = chain(500);
    fleet.write("t0", { type: "cancelled", by: "kim", reason: null });
    fleet.settleChanged();
    expect(fleet.openIds()).toEqual([]);
    expect(fleet.get("t1")?.error?.message).toBe("t0, which it waits for, is cancelled");
    expect(fleet.get("t499")?.error?.message).toBe("t498, which it waits for, is failed");
  });

  it("a failure stops at a task that runs all the same", () => {
    const fleet = chain(3);
    fleet.publish("run", NewTask.parse({ title: "t", blocked_by: ["t2"], on_blocker_failure: "run", type: "design" }));
    fleet.write("t0", { type: "cancelled", by: "kim", reason: null });
    fleet.settleChanged();
    expect(fleet.openIds()).toEqual(["run"]);
    expect(fleet.get("run")?.status).toBe("available");
  });

  it("an agent that dies again and again ends the task, not the fleet", () => {
    const fleet = new Fleet(ROLES);
    fleet.publish("t0", NewTask.parse({ title: "t", type: "design", max_attempts: 3 }));
    for (let i = 1; i <= 3; i++) {
      fleet.settle();
      expect(fleet.write("t0", { type: "claimed", owner: "Debbie", instance_id: `i${i}`, max_attempts: 9 })).toBe(true);
      fleet.dead.add(`Debbie/i${i}`);
    }
    fleet.settle();
    expect(fleet.get("t0")).toMatchObject({ status: "failed", attempts: 3, error: { reason: "agent_lost" } });
  });

  it("all tasks of a dead instance are lost, and none of its successor's", () => {
    const fleet = new Fleet(ROLES);
    for (const [id, instance] of Object.entries({ a: "i1", b: "i1", c: "i2" })) {
      fleet.publish(id, NewTask.parse({ title: "t", type: "design" }));
      fleet.write(id, { type: "claimed", owner: "Debbie", instance_id: instance, max_attempts: 3 });
    }
    fleet.dead.add("Debbie/i1");
    fleet.settle();
    expect(fleet.all().map((record) => record.status)).toEqual(["available", "available", "in_progress"]);
  });

  it("hand-offs of hand-offs are published once each, whoever leads", () => {
    const fleet = new Fleet(ROLES);
    fleet.publish("a", NewTask.parse({ title: "t", type: "design" }));
    const handoff = [NewTask.parse({ title: "next", type: "design" }), NewTask.parse({ title: "else" })];
    for (const id of ["a", "a-h1", "a-h1-h1"]) {
      fleet.settle();
      fleet.write(id, { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 3 });
      const fence = fenceOf(fleet.get(id)!);
      fleet.write(id, { type: "completed", fence, result: emptyResult(), handoff });
      fleet.changeLeader();
    }
    fleet.settle();
    expect([...fleet.records.keys()]).toEqual(["a", "a-h1", "a-h2", "a-h1-h1", "a-h1-h2", "a-h1-h1-h1", "a-h1-h1-h2"]);
  });

  it("10,000 tasks in one chain, done one after the other", () => {
    const fleet = chain(10_000);
    fleet.settle();
    for (let i = 0; i < 10_000; i++) {
      fleet.write(`t${i}`, { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 3 });
      const record = fleet.get(`t${i}`)!;
      fleet.write(`t${i}`, { type: "completed", fence: fenceOf(record), result: emptyResult(), handoff: [] });
      fleet.settleChanged();
    }
    expect(fleet.openIds()).toEqual([]);
  });

  it("10,000 tasks that wait for one", () => {
    const fleet = new Fleet(ROLES);
    fleet.publish("hub", NewTask.parse({ title: "t", type: "design" }));
    for (let i = 0; i < 10_000; i++)
      fleet.publish(`w${i}`, NewTask.parse({ title: "t", type: "publishing", blocked_by: ["hub"] }));
    fleet.write("hub", { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 3 });
    const fence = fenceOf(fleet.get("hub")!);
    fleet.write("hub", { type: "completed", fence, result: emptyResult(), handoff: [] });
    fleet.settleChanged();
    expect([...fleet.queue].filter((token) => token.startsWith("second."))).toHaveLength(10_000);
    expect(fleet.leftUndone()).toEqual([]);
  });
});
