import { describe, expect, it } from "vitest";
import { type Move, moveMessage, statusOf, taskEventMessage, type TaskEventName } from "../../src/domain/message.js";
import type { TaskEvent } from "../../src/domain/lifecycle.js";
import { emptyResult, type TaskRecord } from "../../src/domain/task.js";
import { apply, claim, FENCE, fenceOf, later, NOW, recordIn } from "./records.js";

it.each([
  [0, 1, "idle"],
  [0, 4, "idle"],
  [1, 4, "active"],
  [3, 4, "active"],
  [4, 4, "busy"],
  [1, 1, "busy"],
  [5, 4, "busy"],
] as const)("%i running in %i slots: %s", (running, slots, status) => {
  expect(statusOf(running, slots)).toBe(status);
});

const running = recordIn("in_progress", { type: "design" });
const failing = (over: object = {}): TaskEvent => ({
  type: "attempt_failed",
  fence: FENCE,
  reason: "exit",
  message: "exit code 1",
  retryable: true,
  delay_ms: 0,
  result: null,
  ...over,
});
const back: TaskEvent & { type: "handed_back" } = { type: "handed_back", fence: FENCE, reason: "snooze", delay_ms: 0 };
/** Handed back in its second attempt, after the first one failed. */
function handedBackLater(): TaskRecord {
  const again = claim(apply(apply(running, failing()), { type: "due" }));
  return apply(again, { type: "handed_back", fence: fenceOf(again), reason: "snooze", delay_ms: 0 });
}

describe("what a task channel carries", () => {
  it.each<[TaskEventName, string, TaskRecord, object]>([
    ["claimed", "a claim", running, {}],
    [
      "claimed",
      "a claim after a failure",
      recordIn("in_progress", { type: "design", error: { reason: "exit", message: "m" } }),
      {},
    ],
    [
      "completed",
      "a result",
      apply(running, { type: "completed", fence: FENCE, result: emptyResult(), handoff: [] }),
      { result: emptyResult() },
    ],
    ["failed", "a failure", apply(running, failing({ retryable: false })), { reason: "exit", message: "exit code 1" }],
    ["released", "a failure to be retried", apply(running, failing()), { reason: "exit", message: "exit code 1" }],
    [
      "released",
      "a lost agent",
      apply(running, { type: "owner_lost", fence: FENCE, message: "silent" }),
      { reason: "agent_lost", message: "silent" },
    ],
    ["released", "a hand-back", apply(running, back), { reason: "snooze", message: null }],
    [
      "released",
      "a hand-back that says why",
      apply(running, { ...back, message: "no room" }),
      { reason: "snooze", message: "no room" },
    ],
    ["released", "a hand-back after a failure", handedBackLater(), { reason: "snooze", message: null }],
    [
      "cancelled",
      "a cancel after a hand-back",
      apply(handedBackLater(), { type: "cancelled", by: "kim", reason: null }),
      { reason: "cancelled", message: "cancelled by kim" },
    ],
  ])("%s: %s", (name, _, record, expected) => {
    expect(taskEventMessage(record, name, { agent_id: "Debbie", attempt: 1 })).toEqual({
      task_id: "t1",
      agent_id: "Debbie",
      attempt: 1,
      epoch: record.epoch,
      title: record.title,
      type: "design",
      status: record.status,
      role: null,
      timestamp: NOW,
      ...(record.status === "scheduled" && { not_before: record.not_before }),
      ...expected,
    });
  });
});

describe("a task that moved on", () => {
  const blocked = recordIn("blocked", { type: "design", role: null });
  const steered = { by: "kim", reason: "the brief is good" };
  it.each<[Move, TaskEvent, TaskRecord, object]>([
    ["unblocked", { type: "unblocked" }, blocked, { status: "available", message: null }],
    [
      "unblocked",
      { type: "unblocked" },
      recordIn("blocked", { require_approval: true }),
      { status: "awaiting_approval", message: null },
    ],
    [
      "unblocked",
      { type: "unblocked" },
      recordIn("blocked", { not_before: later(60_000) }),
      { status: "scheduled", not_before: later(60_000), message: null },
    ],
    ["due", { type: "due" }, recordIn("scheduled"), { status: "available", message: null }],
    [
      "approved",
      { type: "approved", ...steered },
      recordIn("awaiting_approval"),
      { status: "available", message: "approved by kim: the brief is good" },
    ],
    [
      "retried",
      { type: "retried", by: "kim", reason: null },
      recordIn("failed"),
      { status: "available", attempt: 0, message: "retried by kim" },
    ],
    [
      "due",
      { type: "due" },
      apply(recordIn("awaiting_approval", { not_before: later(1) }), { type: "approved", ...steered }),
      { status: "available", message: null },
    ],
  ])("%s: %o", (move, event, before, expected) => {
    const record = apply(before, event, move === "due" ? later(1) : NOW);
    expect(moveMessage(record, move)).toMatchObject({
      ...{ task_id: "t1", agent_id: null, attempt: record.attempts, epoch: record.epoch, title: record.title },
      ...{ type: record.type, role: record.role, timestamp: record.updated_at, reason: move },
      ...expected,
    });
  });
});
