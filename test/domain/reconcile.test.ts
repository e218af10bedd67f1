import { describe, expect, it } from "vitest";
import type { Verdict } from "../../src/domain/liveness.js";
import { type Action, reconcile } from "../../src/domain/reconcile.js";
import { NewTask, type Status, type TaskRecord } from "../../src/domain/task.js";
import { FleetView } from "../../src/domain/view.js";
import { FENCE, later, NOW, recordIn, role, settings } from "./records.js";

const now = Date.parse(NOW);
const FREE = { settings: settings(), attended: new Set(["debbie"]) };
const alive: Verdict = { lost: false, recheck_ms: 40_000 };
const gone: Verdict = { lost: true, why: "Debbie was silent for 90s" };

const task = (task_id: string, status: Status, over: Partial<TaskRecord> = {}): TaskRecord =>
  recordIn(status, { task_id, type: "design", ...over });

function viewOf(records: TaskRecord[]): FleetView {
  const view = new FleetView();
  view.setRole(role("debbie", { types: ["design"] }));
  view.setRole(role("second", { types: ["design"] }));
  for (const [i, record] of records.entries()) view.apply(record, i + 1);
  return view;
}

const decide = (records: TaskRecord[], verdict: Verdict = alive, ids?: string[]) => {
  const { waiting, ...decided } = reconcile(viewOf(records), { now, verdict: () => verdict, ...FREE }, ids);
  expect(waiting).toBeNull();
  return decided;
};

const unblocked: Action = { do: "apply", task_id: "w", event: { type: "unblocked" } };
const blockerFailed = (blocker_id: string, status: string): Action => ({
  do: "apply",
  task_id: "w",
  event: { type: "blocker_failed", blocker_id, message: `${blocker_id}, which it waits for, is ${status}` },
});
const waiting = (blocked_by: string[], over: Partial<TaskRecord> = {}) => task("w", "blocked", { blocked_by, ...over });
const run = { on_blocker_failure: "run" } as const;

describe("a blocked task", () => {
  it.each<[string, TaskRecord[], Action[]]>([
    ["its blocker is open", [waiting(["a"]), task("a", "available")], []],
    ["its blocker runs", [waiting(["a"]), task("a", "in_progress")], []],
    ["its blocker is not known yet", [waiting(["a"])], []],
    ["its blocker is completed", [waiting(["a"]), task("a", "completed")], [unblocked]],
    ["all of them are", [waiting(["a", "b"]), task("a", "completed"), task("b", "completed")], [unblocked]],
    ["one of them is", [waiting(["a", "b"]), task("a", "completed"), task("b", "scheduled")], []],
    ["the first of them is open", [waiting(["a", "b"]), task("a", "available"), task("b", "completed")], []],
    ["it waits for nothing", [waiting([])], [unblocked]],
    ["its blocker failed", [waiting(["a"]), task("a", "failed")], [blockerFailed("a", "failed")]],
    ["its blocker was cancelled", [waiting(["a"]), task("a", "cancelled")], [blockerFailed("a", "cancelled")]],
    [
      "one failed, another is open",
      [waiting(["a", "b"]), task("a", "available"), task("b", "failed")],
      [blockerFailed("b", "failed")],
    ],
    [
      "two failed: the first is named",
      [waiting(["a", "b"]), task("a", "cancelled"), task("b", "failed")],
      [blockerFailed("a", "cancelled")],
    ],
    ["it runs whatever its blocker came to", [waiting(["a"], run), task("a", "failed")], [unblocked]],
    ["but waits until all have ended", [waiting(["a", "b"], run), task("a", "failed"), task("b", "available")], []],
    ["it waits for itself", [waiting(["w"])], []],
  ])("%s", (_, records, actions) => {
    expect(decide(records, alive, ["w"])).toEqual({ actions, wake_ms: null });
  });
});

describe("a scheduled task", () => {
  const due: Action = { do: "apply", task_id: "a", event: { type: "due" } };
  it.each<[string | null, Action[], number | null]>([
    [later(-1), [due], null],
    [NOW, [due], null],
    [later(1), [], 1],
    [later(86_400_000), [], 86_400_000],
    [null, [due], null],
    ["no time at all", [due], null],
  ])("for %s", (not_before, actions, wake_ms) => {
    expect(decide([task("a", "scheduled", { not_before })])).toEqual({ actions, wake_ms });
  });
});

describe("an available task", () => {
  const token = (name: string, lane: 0 | 1 | 2 | 3): Action => ({ do: "token", task_id: "a", role: name, lane });
  it.each([
    ["urgent", 0],
    ["high", 1],
    ["normal", 2],
    ["low", 3],
  ] as const)("of priority %s gets a token for each of its roles in lane %i", (priority, lane) => {
    const { actions } = decide([task("a", "available", { priority })]);
    expect(actions).toEqual([token("debbie", lane), token("second", lane)]);
  });

  it("gets those that are missing, and none for no role", () => {
    const view = viewOf([task("a", "available"), task("b", "available", { type: "else" })]);
    view.tokenSent("a", "debbie");
    expect(reconcile(view, { now, verdict: () => alive, ...FREE }).actions).toEqual([token("second", 2)]);
  });
});

describe("an available task that needs files", () => {
  const first = task("first", "available", { files: ["src/**"], created_at: later(0) });
  const second = task("second", "available", { files: ["src/a"], created_at: later(1) });
  const other = task("other", "available", { files: ["docs"] });
  const slot = { task_id: "held", epoch: 1, role: "r", owner: "R", instance_id: "i", files: ["docs/**"] };
  const look = (over: Partial<typeof FREE>, ids?: string[]) => {
    const input = { now, verdict: () => alive, ...FREE, ...over };
    const { actions, waiting } = reconcile(viewOf([first, second, other]), input, ids);
    return { tokens: [...new Set(actions.map(({ task_id }) => task_id))], waiting: waiting && [...waiting] };
  };

  it("gets none while it must wait, whichever are looked at", () => {
    expect(look({})).toEqual({ tokens: ["first", "other"], waiting: ["second"] });
    expect(look({}, ["second"])).toEqual({ tokens: [], waiting: ["second"] });
    expect(look({ settings: settings({ slots: [slot] }) })).toMatchObject({ tokens: ["first"] });
  });

  it("does not wait for one that nobody takes: no agent is online, or its roles are paused", () => {
    expect(look({ attended: new Set() })).toMatchObject({ waiting: [] });
    const pauses = new Map([["*", { by: "kim", reason: null, at: NOW }]]);
    expect(look({ settings: settings({ pauses }) })).toMatchObject({ waiting: [] });
  });
});

describe("a running task", () => {
  it.each<[string, Partial<TaskRecord>, Verdict, Action[], number | null]>([
    ["whose owner is there", {}, alive, [], 40_000],
    [
      "whose owner is lost",
      {},
      gone,
      [
        {
          do: "apply",
          task_id: "a",
          event: { type: "owner_lost", fence: FENCE, message: "Debbie was silent for 90s" },
        },
      ],
      null,
    ],
    ["nobody owns (no record of ours)", { owner: null }, gone, [], null],
  ])("%s", (_, over, verdict, actions, wake_ms) => {
    expect(decide([task("a", "in_progress", over)], verdict)).toEqual({ actions, wake_ms });
  });

  it("each owner is asked about by agent and instance", () => {
    const asked: string[] = [];
    const view = viewOf([task("a", "in_progress"), task("b", "in_progress", { owner: "Alice", instance_id: "i2" })]);
    const verdict = (agent: string, instance: string): Verdict => {
      asked.push(`${agent}/${instance}`);
      return agent === "Alice" ? gone : alive;
    };
    const { actions } = reconcile(view, { now, verdict, ...FREE });
    expect(asked).toEqual(["Debbie/i1", "Alice/i2"]);
    expect(actions.map(({ task_id }) => task_id)).toEqual(["b"]);
  });
});

describe("hand-offs of a completed task", () => {
  const one = NewTask.parse({ title: "one", parent_id: "p" });
  const two = NewTask.parse({ title: "two", parent_id: "p" });
  const parent = task("p", "completed", { handoff: [one, two] });
  const publish = (n: number, child: NewTask): Action => ({ do: "publish", task_id: `p-h${n}`, task: child });
  it.each<[string, TaskRecord[], Action[]]>([
    ["all of them", [parent], [publish(1, one), publish(2, two)]],
    ["those that are missing", [parent, task("p-h1", "in_progress")], [publish(2, two)]],
    ["none twice, even when one has ended", [parent, task("p-h1", "failed"), task("p-h2", "blocked")], []],
    ["none of a task that failed", [task("p", "failed", { handoff: [one] })], []],
  ])("%s", (_, records, actions) => {
    expect(decide(records, alive).actions.filter((action) => action.do === "publish")).toEqual(actions);
    expect(decide(records, alive, ["p"]).actions).toEqual(actions);
  });
});

describe("nothing to do", () => {
  it.each([["awaiting_approval"], ["completed"], ["failed"], ["cancelled"]] as [Status][])(
    "with a task that is %s",
    (s) => {
      expect(decide([task("a", s)])).toEqual({ actions: [], wake_ms: null });
    },
  );
  it("with ids nobody knows", () => {
    expect(decide([], alive, ["a", "__proto__", ""])).toEqual({ actions: [], wake_ms: null });
  });
  it("with nothing", () => {
    expect(decide([])).toEqual({ actions: [], wake_ms: null });
  });
});

it("looks only at the ids it is given", () => {
  const records = [task("a", "available"), task("b", "scheduled"), waiting(["x"])];
  expect(decide(records, alive, ["b"]).actions).toEqual([{ do: "apply", task_id: "b", event: { type: "due" } }]);
});

it("wakes for whatever comes first", () => {
  const records = [
    task("a", "scheduled", { not_before: later(50_000) }),
    task("b", "in_progress"),
    task("c", "scheduled", { not_before: later(45_000) }),
  ];
  expect(decide(records).wake_ms).toBe(40_000);
  expect(decide(records, alive, ["a", "c"]).wake_ms).toBe(45_000);
});
