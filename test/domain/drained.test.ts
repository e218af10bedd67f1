import { describe, expect, it } from "vitest";
import { nothingLeft } from "../../src/domain/drained.js";
import { newRecord } from "../../src/domain/new-record.js";
import { AgentDefinition, registrationOf } from "../../src/domain/role.js";
import { NewTask, type TaskRecord } from "../../src/domain/task.js";

const NOW = "2030-01-01T00:00:00.000Z";
const ours = registrationOf(AgentDefinition.parse({ name: "ours", match: { types: ["ours"] } }));

const task = (id: string, fields: Partial<TaskRecord>): TaskRecord => ({
  ...newRecord(id, NewTask.parse({ title: id, type: "ours" }), NOW, null),
  finished_at: ["completed", "failed", "cancelled"].includes(fields.status ?? "") ? NOW : null,
  ...fields,
});
const handoff = [NewTask.parse({ title: "next" })];

describe("nothing is left for a role", () => {
  it.each<[string, boolean, TaskRecord[]]>([
    ["no task at all", true, []],
    ["available to it", false, [task("a", { status: "available" })]],
    ["available to others", true, [task("a", { status: "available", type: "theirs" })]],
    ["running, whoever runs it: it may hand off", false, [task("a", { status: "in_progress", type: "theirs" })]],
    ["scheduled for it", false, [task("a", { status: "scheduled" })]],
    ["scheduled for others", true, [task("a", { status: "scheduled", type: "theirs" })]],
    ["waiting for a person", true, [task("a", { status: "awaiting_approval" })]],
    [
      "blocked by what waits for a person",
      true,
      [task("a", { status: "awaiting_approval" }), task("b", { status: "blocked", blocked_by: ["a"] })],
    ],
    ["blocked by what is not there", true, [task("b", { status: "blocked", blocked_by: ["a"] })]],
    [
      "about to be unblocked",
      false,
      [task("a", { status: "completed" }), task("b", { status: "blocked", blocked_by: ["a"] })],
    ],
    ["ended", true, [task("a", { status: "failed" }), task("b", { status: "cancelled" })]],
    ["completed, its hand-off not published yet", false, [task("a", { status: "completed", handoff })]],
    [
      "completed, its hand-off published and ended",
      true,
      [task("a", { status: "completed", handoff }), task("a-h1", { status: "completed" })],
    ],
  ])("%s: %s", (_, expected, tasks) => {
    expect(nothingLeft(tasks, [ours])).toBe(expected);
  });
});
