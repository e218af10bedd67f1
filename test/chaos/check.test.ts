import { describe, expect, it } from "vitest";
import { check, type Facts, type Run, VIOLATIONS } from "../../chaos/check.mjs";
import type { AttemptRecord, TaskRecord } from "../../src/domain/task.js";

const T0 = Date.parse("2030-01-31T09:00:00Z");
const iso = (s: number): string => new Date(T0 + s * 1_000).toISOString();
const PID = 4_711;

const run = (more: Partial<Run> = {}): Run => ({
  ...{ launcher: "A", task: "t", epoch: 1, run_id: "r1", pid: PID },
  ...{ start: T0 + 1_000, end: T0 + 2_000, code: 0, ...more },
});

const attempt = (epoch: number, outcome: AttemptRecord["outcome"], more: Partial<AttemptRecord> = {}) => ({
  ...{ attempt: epoch, agent_id: "A", instance_id: "i", epoch, started_at: iso(1), ended_at: iso(2) },
  ...{ outcome, reason: null, ...more },
});

const record = (more: Partial<TaskRecord> = {}): TaskRecord =>
  ({
    ...{ task_id: "t", title: "t", status: "completed", epoch: 1, owner: "A", blocked_by: [], parent_id: null },
    ...{ history: [attempt(1, "completed")], result: { data: { task: "t", epoch: 1, pid: PID } }, error: null },
    ...{ updated_at: iso(2), ...more },
  }) as unknown as TaskRecord;

/** One task that one launcher completed; nothing was broken. */
const clean = (more: Partial<Facts> = {}): Facts => ({
  published: [{ title: "t", task_id: "t", children: 0 }],
  records: [record()],
  runs: [run()],
  events: [{ subject: "mjwork.tasks.completed", seq: 7, message: { task_id: "t", epoch: 1 } }],
  lives: [{ launcher: "A", from: T0, to: T0 + 60_000, how: "asked" }],
  ...{ cancelled: [], errors: [], late: [], stops: [], fullDisks: [], killedCommands: [], told: [], survivors: [] },
  ...more,
});

const open = { ...record({ status: "available", owner: null, result: null }) };
/** Ran to its end, and then was taken away: epoch 2 is what counted. */
const superseded: Partial<Facts> = {
  records: [
    record({
      epoch: 2,
      history: [attempt(1, "lost"), attempt(2, "completed")],
      result: { data: { epoch: 2, pid: 99 } } as unknown as TaskRecord["result"],
    }),
  ],
  runs: [run(), run({ epoch: 2, run_id: "r2", pid: 99, start: T0 + 9_000, end: T0 + 10_000, launcher: "B" })],
  lives: [{ launcher: "A", from: T0, to: T0 + 60_000, how: "killed" }],
};
const killedAt = (s: number): Partial<Facts> => ({
  lives: [{ launcher: "A", from: T0, to: T0 + s * 1_000, how: "killed" }],
});

describe("what must never be is seen", () => {
  it.each<[kind: string, what: RegExp, facts: Partial<Facts>]>([
    ["lost", /there is no record/, { records: [] }],
    ["lost", /taken in 2 times: t, u/, { records: [record(), record({ task_id: "u", status: "cancelled" })] }],
    ["lost", /0 hand-offs, not 1/, { published: [{ title: "t", task_id: "t", children: 1 }] }],
    [
      "lost",
      /2 hand-offs, not 1/,
      {
        published: [{ title: "t", task_id: "t", children: 1 }],
        records: [record(), ...["a", "b"].map((id) => child(id))],
        runs: [run(), ...["a", "b"].map((id) => run({ task: id, run_id: id }))],
      },
    ],
    ["lost", /failed: agent_lost/, { records: [failed("agent_lost")] }],
    [
      "lost",
      /failed: dependency_failed/,
      {
        records: [{ ...failed("dependency_failed"), blocked_by: ["b"] }, child("b", null)],
        runs: [run({ task: "b" })],
      },
    ],
    ["lost", /nobody asked for it/, { records: [record({ status: "cancelled" })], runs: [] }],
    ["lost", /acknowledged, and it is completed/, { cancelled: [{ task_id: "t", acked: true }] }],
    ["lost", /no agent ran that to its end/, { runs: [run({ end: null, code: null })] }],
    ["lost completion", /its result is nowhere \(lost\)/, superseded],
    ["completed twice", /completions in epochs 1, 2/, { ...superseded, ...bothCompleted(), late: ["t.1"] }],
    [
      "completed twice",
      /events of epochs 1, 2/,
      {
        events: [1, 2].map((epoch) => ({ subject: "p.tasks.completed", seq: epoch, message: { task_id: "t", epoch } })),
      },
    ],
    ["completed twice", /epoch 1 was run twice, by A and B/, { runs: [run(), run({ launcher: "B", run_id: "r2" })] }],
    ["stale fence", /epoch 1 was accepted, and the record is at epoch 2/, { records: [record({ epoch: 2 })] }],
    ["stale fence", /with the result of epoch 2/, { records: [withData({ epoch: 2, pid: PID })] }],
    ["stale fence", /process 12, which did not run it/, { records: [withData({ epoch: 1, pid: 12 })] }],
    ["stuck", /available since/, { records: [open] }],
    ["stalled", /beside an idle agent/, { stalls: [{ task: "t", what: "available beside an idle agent" }] }],
    ["orphan", /process 5 lives: sleep 600/, { survivors: [{ pid: 5, run_id: "r1", command: "sleep 600" }] }],
  ])("%s: %s", (kind, what, facts) => {
    const found = check(clean(facts));
    expect(found.map((violation) => violation.kind)).toContain(kind);
    expect(found.find((violation) => violation.kind === kind && what.test(violation.what))).toBeDefined();
    expect(VIOLATIONS).toContain(kind);
  });

  it("each of them names its task", () => {
    const stuck = { kind: "stuck", task: "t", what: `available since ${iso(2)}` };
    expect(check(clean({ records: [open] }))).toEqual([stuck]);
  });
});

describe("what may be is no violation", () => {
  it.each<[why: string, facts: Partial<Facts>]>([
    ["a task that was completed", {}],
    [
      "a task that was cancelled on request",
      { records: [cancelled()], cancelled: [{ task_id: "t", acked: true }], runs: [] },
    ],
    ["a cancellation that came too late", { cancelled: [{ task_id: "t", acked: false }] }],
    [
      "a task whose blocker was cancelled",
      {
        records: [
          { ...failed("dependency_failed"), blocked_by: ["b"] },
          { ...cancelled(), task_id: "b", title: "b" },
        ],
        cancelled: [{ task_id: "b", acked: true }],
        runs: [],
      },
    ],
    ["a late result that was kept", { ...superseded, late: ["t.1"] }],
    [
      "a late result that was reported",
      { ...superseded, errors: [{ message: { reason: "stale_result", task_id: "t", epoch: 1 } }] },
    ],
    ["a result whose launcher was killed at once", { ...superseded, ...killedAt(3) }],
    [
      "a result whose command outlived its launcher, and ended when the next one ran",
      {
        ...superseded,
        lives: [...killedAt(1.1).lives!, { launcher: "A", from: T0 + 1_500, to: T0 + 60_000, how: "asked" }],
      },
    ],
    [
      "a result whose launcher was stopped, then killed when it went on",
      { ...superseded, ...killedAt(9), stops: [{ launcher: "A", from: T0 + 2_500, to: T0 + 8_500 }] },
    ],
    [
      "a result whose launcher had a full disk",
      { ...superseded, fullDisks: [{ launcher: "A", from: T0 + 1_500, to: T0 + 3_000 }] },
    ],
    ["a result whose command was killed on its way out", { ...superseded, killedCommands: [{ pid: PID, task: "t" }] }],
    [
      "a result whose attempt was stopped as it ended",
      { ...superseded, told: [{ launcher: "A", event: "stopped", at: T0 + 2_100, task_id: "t" }] },
    ],
    [
      "an attempt that did not come to its end",
      { ...superseded, runs: [run({ end: null, code: null }), ...superseded.runs!.slice(1)] },
    ],
    ["a failed execution", { ...superseded, runs: [run({ code: 1 }), ...superseded.runs!.slice(1)] }],
    ["the same completion announced twice", { events: [...clean().events, ...clean().events] }],
  ])("%s", (_, facts) => {
    expect(check(clean(facts))).toEqual([]);
  });

  it("a launcher that had time to report is not excused by being killed later", () => {
    expect(check(clean({ ...superseded, ...killedAt(7) })).map(({ kind }) => kind)).toEqual(["lost completion"]);
  });
});

function child(id: string, parent: string | null = "t"): TaskRecord {
  return record({ task_id: id, title: id, parent_id: parent });
}

function failed(reason: "agent_lost" | "dependency_failed"): TaskRecord {
  return record({ status: "failed", error: { reason, message: "why" }, history: [attempt(1, "failed")], result: null });
}

function cancelled(): TaskRecord {
  return record({ status: "cancelled", history: [], result: null });
}

function withData(data: object): TaskRecord {
  return record({ result: { data } as unknown as TaskRecord["result"] });
}

function bothCompleted(): Partial<Facts> {
  const [second] = superseded.records!;
  return { records: [{ ...second!, history: [attempt(1, "completed"), attempt(2, "completed")] }] };
}
