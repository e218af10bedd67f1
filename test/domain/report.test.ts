import { describe, expect, it } from "vitest";
import { isRejected, transition } from "../../src/domain/lifecycle.js";
import { FAILURE_REASONS, type FailureReason } from "../../src/domain/reasons.js";
import { reportOf, withDroppedLines } from "../../src/domain/report.js";
import { type AttemptRecord, emptyResult, NewTask } from "../../src/domain/task.js";
import { attempt, FENCE, NOW, recordIn } from "./records.js";

const policy = { max_attempts: 3, backoff_ms: 1_000, max_backoff_ms: 16_000 };
const result = { ...emptyResult(), summary: "done" };
const handoff = [NewTask.parse({ title: "next" })];
const context = { record: recordIn("in_progress"), fence: FENCE, policy, handoff, random: 0 };

describe("an outcome becomes a report", () => {
  it("completed: with the result and the hand-offs that were worked out", () => {
    const asked = [NewTask.parse({ title: "as asked" })];
    const report = reportOf({ kind: "completed", result, handoff: asked }, context);
    expect(report).toEqual({ type: "completed", fence: FENCE, result, handoff });
  });

  it.each(Object.keys(FAILURE_REASONS) as FailureReason[])("failed by %s: retryable as the reason says", (reason) => {
    const report = reportOf({ kind: "failed", reason, message: "m", result }, context);
    const retryable = !FAILURE_REASONS[reason].permanent;
    expect(report).toEqual({
      type: "attempt_failed",
      fence: FENCE,
      reason,
      message: "m",
      retryable,
      delay_ms: 500,
      result,
    });
  });

  it.each([
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [9, 8_000],
  ])("failed in attempt %i: retried after %i ms", (attempts, delay_ms) => {
    const record = recordIn("in_progress", { attempts });
    const report = reportOf({ kind: "failed", reason: "exit", message: "m", result: null }, { ...context, record });
    expect(report).toMatchObject({ delay_ms });
  });

  it.each([
    [["exit"], "exit", true],
    [["exit"], "timeout", false],
    [["auth"], "auth", true],
    [["agent_lost"], "exit", false],
  ] as const)("a role that tries again on %j, failed with %s: retryable %s", (on, reason, retryable) => {
    const outcome = { kind: "failed", reason, message: "m", result: null } as const;
    expect(reportOf(outcome, { ...context, policy: { ...context.policy, on } })).toMatchObject({ retryable });
  });

  it("stopped: no report, whoever stopped it says what happens", () => {
    expect(reportOf({ kind: "stopped" }, context)).toBeNull();
  });
});

describe("a rate limit, nobody claiming for that account meanwhile", () => {
  const limited = { kind: "failed", reason: "rate_limited", message: "limit reached", result } as const;
  const held = { ...context, accountHeld: true };

  it("hands the task back uncounted", () => {
    expect(reportOf(limited, held)).toEqual({
      ...{ type: "handed_back", fence: FENCE, reason: "rate_limited", delay_ms: 0, message: "limit reached" },
    });
  });

  it.each([
    [1, 500],
    [2, 1_000],
  ])("refused %i times before: other tasks go first", (times, delay_ms) => {
    const past = { ended_at: NOW, outcome: "handed_back" as const, reason: "rate_limited" };
    const history = Array.from({ length: times }, (_, i) => attempt({ attempt: 1, epoch: i + 1, ...past }));
    expect(reportOf(limited, { ...held, record: recordIn("in_progress", { history }) })).toMatchObject({ delay_ms });
  });

  it("is a failed attempt for a role that does not try again after it", () => {
    const report = reportOf(limited, { ...held, policy: { ...policy, on: ["exit"] } });
    expect(report).toMatchObject({ type: "attempt_failed", reason: "rate_limited", retryable: false });
  });
});

describe("snooze", () => {
  const ended = (...outcomes: AttemptRecord["outcome"][]): AttemptRecord[] =>
    outcomes.map((outcome, i) => attempt({ epoch: i + 1, ended_at: NOW, outcome, reason: "snooze" }));
  it.each<[string, AttemptRecord["outcome"][], number]>([
    ["the first time", [], 500],
    ["the second in a row", ["handed_back"], 1_000],
    ["the third in a row", ["handed_back", "handed_back"], 2_000],
    ["after a failure", ["failed"], 500],
    ["after a failure, the second in a row", ["handed_back", "failed", "handed_back"], 1_000],
    ["with a failure since", ["handed_back", "handed_back", "failed"], 500],
    ["after it was lost", ["handed_back", "lost"], 500],
    ["very often", new Array<AttemptRecord["outcome"]>(99).fill("handed_back"), 8_000],
  ])("%s", (_, outcomes, delay_ms) => {
    const running = attempt({ epoch: 100 });
    const record = recordIn("in_progress", { history: [...ended(...outcomes), running] });
    const report = reportOf({ kind: "snooze", message: "later", delay_ms: null }, { ...context, record });
    expect(report).toEqual({ type: "handed_back", fence: FENCE, reason: "snooze", delay_ms, message: "later" });
  });

  it.each([[0], [1], [86_400_000]])("the command's own delay of %i ms counts", (delay_ms) => {
    expect(reportOf({ kind: "snooze", message: "later", delay_ms }, context)).toMatchObject({ delay_ms });
  });
});

it.each([
  [{ kind: "completed", result, handoff: [] }, "completed"],
  [{ kind: "failed", reason: "exit", message: "m", result }, "scheduled"],
  [{ kind: "failed", reason: "auth", message: "m", result }, "failed"],
  [{ kind: "snooze", message: "m", delay_ms: null }, "scheduled"],
  [{ kind: "snooze", message: "m", delay_ms: 0 }, "available"],
] as const)("the record takes the report of %j: it is %s", (outcome, status) => {
  const report = reportOf(outcome as Parameters<typeof reportOf>[0], context);
  const next = report && transition(context.record, report, NOW);
  expect(next && !isRejected(next) && next.status).toBe(status);
});

describe("lines that are missing in the log", () => {
  const completed = { type: "completed", fence: FENCE, result: { ...result, dropped_lines: 2 }, handoff } as const;
  const failed = { type: "attempt_failed", fence: FENCE, reason: "exit", message: "m", retryable: true } as const;

  it.each([
    [completed, 3, { result: { dropped_lines: 5 } }],
    [completed, 0, { result: { dropped_lines: 2 } }],
    [{ ...failed, delay_ms: 0, result }, 3, { result: { dropped_lines: 3 } }],
    [{ ...failed, delay_ms: 0, result: null }, 3, { result: null }],
    [{ type: "handed_back", fence: FENCE, reason: "snooze", delay_ms: 0 } as const, 3, { type: "handed_back" }],
  ])("%j and %i more", (report, count, wanted) => {
    expect(withDroppedLines(report, count)).toMatchObject(wanted);
  });
});
