import { describe, expect, it } from "vitest";
import { FleetView } from "../../src/domain/view.js";
import { emptyResult, NewTask, type Status, STATUSES, isTerminal, type TaskRecord } from "../../src/domain/task.js";
import { recordIn, role } from "./records.js";

const DESIGN = role("debbie", { types: ["design"] });
const ANY_DESIGN = role("second", { types: ["design"] });

const task = (task_id: string, status: Status, over: Partial<TaskRecord> = {}): TaskRecord =>
  recordIn(status, { task_id, type: "design", ...over });
const handingOff = (task_id: string, titles: string[]): TaskRecord =>
  task(task_id, "completed", { result: emptyResult(), handoff: titles.map((title) => NewTask.parse({ title })) });

function viewOf(...records: TaskRecord[]): FleetView {
  const view = new FleetView();
  for (const [i, record] of records.entries()) view.apply(record, i + 1);
  return view;
}

describe("what it knows of a task", () => {
  it.each(STATUSES.map((status) => [status]))("one that is %s", (status) => {
    const record = task("a", status);
    const view = viewOf(record);
    expect(view.status("a")).toBe(status);
    expect(view.open("a")).toBe(isTerminal(status) ? undefined : record);
    expect(view.known("a")).toEqual(isTerminal(status) ? undefined : { record, revision: 1 });
    expect([...view.openIds()]).toEqual(isTerminal(status) ? [] : ["a"]);
  });

  it("nothing of one it never saw, or that was removed", () => {
    const view = viewOf(task("a", "available"), task("b", "failed"), handingOff("c", ["next"]));
    for (const id of ["a", "b", "c", "never"]) view.remove(id, 9);
    for (const id of ["a", "b", "c", "never", "__proto__"]) expect(view.status(id)).toBeUndefined();
    expect([...view.openIds(), ...view.handingOffIds()]).toEqual([]);
  });

  it.each([
    ["newer", 6, "in_progress"],
    ["the same", 5, "available"],
    ["older", 4, "available"],
  ] as const)("a record of a revision that is %s", (_, revision, status) => {
    const view = new FleetView();
    view.apply(task("a", "available"), 5);
    expect(view.apply(task("a", "in_progress"), revision)).toEqual(status === "in_progress" ? ["a"] : []);
    expect(view.status("a")).toBe(status);
  });

  it("a task that ended and was retried is open again", () => {
    const view = viewOf(task("a", "failed"), task("a", "available"));
    expect(view.status("a")).toBe("available");
    expect([...view.openIds()]).toEqual(["a"]);
  });
});

describe("whose situation changes", () => {
  it.each(["completed", "failed", "cancelled"] as const)("a blocker that is %s: of those who wait for it", (status) => {
    const view = viewOf(
      task("b1", "in_progress"),
      task("w1", "blocked", { blocked_by: ["b1"] }),
      task("w2", "blocked", { blocked_by: ["b1", "other"] }),
      task("alone", "blocked", { blocked_by: ["other"] }),
    );
    expect(view.apply(task("b1", status), 9)).toEqual(["b1", "w1", "w2"]);
  });

  it("a blocker that is still open: nobody's", () => {
    const view = viewOf(task("b1", "available"), task("w1", "blocked"));
    expect(view.apply(task("b1", "in_progress"), 9)).toEqual(["b1"]);
  });

  it("a blocker nobody had seen before", () => {
    const view = viewOf(task("w1", "blocked", { blocked_by: ["b1"] }));
    expect(view.apply(task("b1", "completed"), 9)).toEqual(["b1", "w1"]);
  });

  it.each([
    ["went on", task("w1", "available", { blocked_by: ["b1"] })],
    ["was cancelled", task("w1", "cancelled", { blocked_by: ["b1"] })],
  ])("one that waited and %s waits no more", (_, after) => {
    const view = viewOf(task("w1", "blocked", { blocked_by: ["b1"] }), after);
    expect(view.apply(task("b1", "completed"), 9)).toEqual(["b1"]);
  });

  it("one that is seen blocked a second time is told once", () => {
    const blocked = task("w1", "blocked", { blocked_by: ["b1"] });
    const view = viewOf(blocked, { ...blocked, priority: "high" });
    expect(view.apply(task("b1", "completed"), 9)).toEqual(["b1", "w1"]);
  });

  it("one that waits for others now", () => {
    const view = viewOf(task("w1", "blocked", { blocked_by: ["b1"] }), task("w1", "blocked", { blocked_by: ["b2"] }));
    expect(view.apply(task("b1", "completed"), 8)).toEqual(["b1"]);
    expect(view.apply(task("b2", "completed"), 9)).toEqual(["b2", "w1"]);
  });

  it("a blocker that 200,000 tasks wait for", () => {
    const view = viewOf(task("b1", "in_progress"));
    const blocked = task("w", "blocked", { blocked_by: ["b1"] });
    for (let i = 0; i < 200_000; i++) view.apply({ ...blocked, task_id: `w${i}` }, i + 10);
    expect(view.apply(task("b1", "completed"), 999_999)).toHaveLength(200_001);
  });
});

describe("hand-offs", () => {
  it("are open until every one of them is known", () => {
    const view = viewOf(handingOff("p", ["one", "two"]));
    expect([...view.handingOffIds()]).toEqual(["p"]);
    expect(view.handingOff("p")?.task_id).toBe("p");
    expect(view.apply(task("p-h2", "available", { parent_id: "p" }), 8)).toEqual(["p-h2", "p"]);
    expect(view.handingOff("p")?.task_id).toBe("p");
    expect(view.apply(task("p-h1", "failed", { parent_id: "p" }), 9)).toEqual(["p-h1", "p"]);
    expect(view.handingOff("p")).toBeUndefined();
    expect([...view.handingOffIds()]).toEqual([]);
    expect(view.apply(task("p-h1", "available", { parent_id: "p" }), 10), "nothing more to do").toEqual(["p-h1"]);
  });

  it("children that were seen before their parent count", () => {
    const view = viewOf(task("p-h1", "completed", { parent_id: "p" }), handingOff("p", ["one"]));
    expect(view.handingOff("p")).toBeUndefined();
  });

  it.each(["failed", "cancelled", "available"] as const)("a task that is %s hands nothing off", (status) => {
    const view = viewOf(task("p", status, { handoff: [NewTask.parse({ title: "t" })] }));
    expect([...view.handingOffIds()]).toEqual([]);
    expect(view.handingOff("p")).toBeUndefined();
  });

  it("a completed task without any hands nothing off", () => {
    const view = viewOf(handingOff("p", []));
    expect([...view.handingOffIds()]).toEqual([]);
  });
});

describe("tokens", () => {
  function routed(...records: TaskRecord[]): FleetView {
    const view = viewOf(...records);
    view.setRole(DESIGN);
    view.setRole(ANY_DESIGN);
    view.setRole(role("alice", { types: ["publishing"] }));
    view.setRole(role("morgan", { types: ["design"] }, ["completed"]));
    return view;
  }

  it("one for each role that an available task goes to", () => {
    const view = routed(task("a", "available"));
    expect(view.rolesWithoutToken("a")).toEqual(["debbie", "second"]);
    view.tokenSent("a", "debbie");
    expect(view.rolesWithoutToken("a")).toEqual(["second"]);
    view.tokenSent("a", "second");
    expect(view.rolesWithoutToken("a")).toEqual([]);
    view.forgetToken("a", "debbie");
    expect(view.rolesWithoutToken("a")).toEqual(["debbie"]);
  });

  it.each(STATUSES.filter((s) => s !== "available").map((status) => [status]))("none while it is %s", (status) => {
    const view = routed(task("a", status));
    expect(view.rolesWithoutToken("a")).toEqual([]);
    view.tokenSent("a", "debbie");
    view.apply(task("a", "available"), 9);
    expect(view.rolesWithoutToken("a"), "what was noted then does not count").toEqual(["debbie", "second"]);
  });

  it.each(["in_progress", "scheduled", "failed"] as const)("a new one after it was %s", (between) => {
    const view = routed(task("a", "available"));
    view.tokenSent("a", "debbie");
    view.tokenSent("a", "second");
    view.apply(task("a", between), 8);
    view.apply(task("a", "available"), 9);
    expect(view.rolesWithoutToken("a")).toEqual(["debbie", "second"]);
  });

  it("a new one when it is available again and what was between was not seen", () => {
    const view = routed(task("a", "available"));
    view.tokenSent("a", "debbie");
    view.tokenSent("a", "second");
    view.apply(task("a", "available", { epoch: 4 }), 9);
    expect(view.rolesWithoutToken("a")).toEqual(["debbie", "second"]);
  });

  it("of an older revision, or a task nobody knows, mean nothing", () => {
    const view = routed(task("a", "available"));
    view.tokenSent("a", "debbie");
    view.apply(task("a", "available"), 1);
    expect(view.rolesWithoutToken("a")).toEqual(["second"]);
    view.tokenSent("never", "debbie");
    view.forgetToken("never", "debbie");
    expect(view.rolesWithoutToken("never")).toEqual([]);
  });

  it("follow the roles: one that comes, changes, goes", () => {
    const view = viewOf(task("a", "available"));
    expect(view.rolesWithoutToken("a"), "unrouted").toEqual([]);
    view.setRole(role("debbie", { types: ["publishing"] }));
    expect(view.rolesWithoutToken("a")).toEqual([]);
    view.setRole(DESIGN);
    expect(view.rolesWithoutToken("a")).toEqual(["debbie"]);
    view.removeRole("debbie");
    expect(view.rolesWithoutToken("a")).toEqual([]);
  });

  it("are learned from what the queue holds", () => {
    const view = routed(
      task("a", "available", { priority: "urgent" }),
      task("b", "available"),
      task("c", "in_progress"),
      task("d", "blocked"),
    );
    view.tokenSent("b", "debbie");
    const asked: string[] = [];
    view.learnTokens((id, name, lane) => {
      asked.push(`${name}.${lane}.${id}`);
      return id === "a" && name === "second";
    });
    expect(asked).toEqual(["debbie.0.a", "second.0.a", "debbie.2.b", "second.2.b"]);
    expect(view.rolesWithoutToken("a")).toEqual(["debbie"]);
    expect(view.rolesWithoutToken("b"), "a token that got lost").toEqual(["debbie", "second"]);
  });
});
