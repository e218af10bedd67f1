import { describe, expect, it } from "vitest";
import { idOfKey, idOfMessage } from "../../src/domain/identity.js";
import { later } from "./records.js";
import { CREATED, TestLog } from "./event-log.js";

const claim = { task_id: "t1", agent_id: "Debbie", attempt: 1, epoch: 1, title: "T", type: null, timestamp: "x" };

describe("what other programs write is read as far as it can be", () => {
  it.each<[string, unknown, object | null]>([
    [
      "tasks.claimed",
      claim,
      { kind: "claimed", task_id: "t1", status: "in_progress", role: null, time: later(60_000) },
    ],
    ["tasks.claimed", { ...claim, title: 5, status: "odd" }, { title: "", status: "in_progress" }],
    ["tasks.released", claim, { kind: "released", status: null }],
    ["tasks.completed", { ...claim, result: { summary: "done" } }, { status: "completed", summary: "done" }],
    ["tasks.completed", { ...claim, result: "done" }, { status: "completed", summary: null }],
    ["tasks.claimed", { ...claim, epoch: "1" }, null],
    ["tasks.claimed", undefined, null],
    ["tasks.claimed", "text", null],
    ["tasks.elsewhere", claim, null],
    ["roadmap", claim, null],
    ["coordination", { agent_id: "Debbie", message: "hello" }, null],
    ["coordination", { type: "agent_online", agent_id: "Debbie" }, null],
    ["heartbeat.Debbie", { agent_id: "Debbie" }, null],
    [
      "errors",
      { reason: "malformed", message: "not JSON", sequence: 4 },
      { kind: "error", sequence: 4, task_id: null },
    ],
    ["errors", { message: "no reason" }, null],
  ])("%s %j", (channel, body, expected) => {
    const event = new TestLog().say(channel, body);
    if (expected === null) expect(event).toBeNull();
    else expect(event).toMatchObject(expected);
  });
});

describe("a task that another client wrote has the id that intake gives it", () => {
  it.each<[object, string]>([
    [{ title: "T", task_id: 5 }, "5"],
    [{ title: "T" }, idOfMessage(CREATED, 1)],
    [{ title: "T", idempotency_key: "k" }, idOfKey("k")],
  ])("%j", (body, task_id) => {
    expect(new TestLog().say("tasks.available", body)).toMatchObject({
      ...{ kind: "published", task_id, status: null, created_by: "nats" },
    });
  });

  it("what intake refuses is no task", () => {
    expect(new TestLog().say("tasks.available", { type: "design" })).toBeNull();
  });
});
