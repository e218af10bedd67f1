import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idOfHandoff } from "../../src/domain/identity.js";
import { reconcile } from "../../src/domain/reconcile.js";
import {
  DEFAULT_RETENTION_MS,
  parseRetention,
  prune,
  type RetentionInput,
  TOMBSTONE_MS,
} from "../../src/domain/retention.js";
import { isTerminal, NewTask, type Status, STATUSES, type TaskRecord, TERMINAL } from "../../src/domain/task.js";
import { type Tombstone, tombstoneOf } from "../../src/domain/tombstone.js";
import { FleetView } from "../../src/domain/view.js";
import { later, recordIn, role, settings } from "./records.js";

const FREE = { settings: settings(), attended: new Set<string>() };
const DAY = 24 * 3_600_000;
const KEPT = 30 * DAY;
const input = (over: Partial<RetentionInput> = {}): RetentionInput => ({
  now: Date.parse(later(0)),
  retention_ms: KEPT,
  log_begins: 1_000,
  ...over,
});
/** A task whose last change is `age` ago. */
const task = (task_id: string, status: Status, age = KEPT, over: Partial<TaskRecord> = {}): TaskRecord =>
  recordIn(status, { task_id, updated_at: later(-age), ...over });
const handing = (task_id: string, count: number, age = KEPT): TaskRecord =>
  task(task_id, "completed", age, { handoff: Array.from({ length: count }, () => NewTask.parse({ title: "next" })) });
const child = (parent_id: string, status: Status, age = KEPT, index = 0): TaskRecord =>
  task(idOfHandoff(parent_id, index), status, age, { parent_id });

function viewOf(...records: TaskRecord[]): FleetView {
  const view = new FleetView();
  for (const [i, record] of records.entries()) view.apply(record, i + 1);
  return view;
}
const removed = (view: FleetView, over?: Partial<RetentionInput>, limit = 100): string[] =>
  prune(view, input(over), limit).remove.map(({ task_id }) => task_id);

const stone = (over: Partial<Tombstone> = {}): Tombstone => ({
  status: "completed",
  removed_at: later(-TOMBSTONE_MS),
  logs: 1,
  artifacts: 1,
  ...over,
});

describe("a retention as it is written", () => {
  it.each([
    ["30d", 30 * DAY],
    ["12h", DAY / 2],
    ["forever", null],
    ["never", undefined],
    ["30", undefined],
    ["", undefined],
    ["999999999999999d", undefined],
  ])("%j", (text, ms) => expect(parseRetention(text)).toBe(ms));
});

describe("which tasks go", () => {
  it.each(STATUSES.map((status) => [status, TERMINAL.some((ended) => ended === status)]))(
    "one that is %s and old: %j",
    (status, goes) => {
      const view = viewOf(task("a", status, 100 * KEPT));
      expect(prune(view, input(), 10).remove).toEqual(goes ? [{ task_id: "a", status, revision: 1 }] : []);
    },
  );

  const id = "p".repeat(125);
  it.each<[string, TaskRecord[], Partial<RetentionInput>, string[]]>([
    ["one of that age", [task("a", "failed")], {}, ["a"]],
    ["not a younger one", [task("a", "failed", KEPT - 1)], {}, []],
    ["nothing where all is kept", [task("a", "failed", 100 * KEPT)], { retention_ms: null }, []],
    ["not one whose time is not readable", [task("a", "failed", 0, { updated_at: "long ago" })], {}, []],
    [
      "not one an open task waits for",
      [task("a", "completed"), task("b", "blocked", 0, { blocked_by: ["a"] })],
      {},
      [],
    ],
    [
      "not one a running task built on",
      [task("a", "completed"), task("b", "in_progress", 0, { blocked_by: ["a"] })],
      {},
      [],
    ],
    [
      "one that those who waited for have ended",
      [task("a", "failed"), task("b", "failed", 0, { blocked_by: ["a"] })],
      {},
      ["a"],
    ],
    ["not the parent of an open task", [task("a", "completed"), task("b", "available", 0, { parent_id: "a" })], {}, []],
    ["not one whose hand-offs are not all known", [handing("p", 2), child("p", "failed", 0)], {}, []],
    ["not one whose hand-off is open", [handing("p", 1), child("p", "scheduled", 0)], {}, []],
    [
      "a parent before its hand-offs",
      [handing("p", 2), child("p", "failed"), child("p", "completed", KEPT, 1)],
      {},
      ["p"],
    ],
    ["not a hand-off whose parent is kept", [handing("p", 1, 0), child("p", "completed")], {}, []],
    ["not a hand-off with a shortened id either", [handing(id, 1, 0), child(id, "completed")], {}, []],
    ["a hand-off whose parent is gone", [child("p", "completed")], {}, ["p-h1"]],
    [
      "a child that is no hand-off, its parent being kept",
      [task("p", "completed", 0), task("x", "failed", KEPT, { parent_id: "p" })],
      {},
      ["x"],
    ],
    ["not one whose message is still in the log", [task("a", "completed", KEPT, { source_seq: 1_000 })], {}, []],
    ["one whose message is gone", [task("a", "completed", KEPT, { source_seq: 999 })], {}, ["a"]],
  ])("%s", (_, records, over, expected) => {
    expect(removed(viewOf(...records), over)).toEqual(expected);
  });

  it("so many at a time, and says when the next one comes of age", () => {
    const view = viewOf(
      task("a", "failed"),
      task("b", "failed"),
      task("c", "failed", KEPT - 5_000),
      task("d", "failed", 0),
    );
    expect(removed(view, {}, 1)).toEqual(["a"]);
    expect(prune(view, input(), 10)).toMatchObject({ remove: [{ task_id: "a" }, { task_id: "b" }], wake_ms: 5_000 });
    expect(prune(view, input({ retention_ms: null }), 10).wake_ms).toBeNull();
  });
});

describe("tombstones", () => {
  const buried = (over: Partial<Tombstone> = {}, ...records: TaskRecord[]): FleetView => {
    const view = viewOf(task("a", "completed"), ...records);
    view.remove("a", 50, stone(over));
    return view;
  };

  it.each<[string, FleetView, boolean]>([
    ["an old one", buried(), true],
    ["not a young one", buried({ removed_at: later(1 - TOMBSTONE_MS) }), false],
    ["not while an open task waits for it", buried({}, task("b", "blocked", 0, { blocked_by: ["a"] })), false],
  ])("to be lifted: %s", (_, view, lifted) => {
    for (const retention_ms of [KEPT, null]) {
      const { lift, remove } = prune(view, input({ retention_ms }), 10);
      expect(lift).toEqual(lifted ? [{ task_id: "a", revision: 50, ...stone() }] : []);
      expect(remove).toEqual([]);
    }
  });

  it("are lifted sooner where tasks are kept for less than that", () => {
    const view = buried({ removed_at: later(-60_000) });
    expect(prune(view, input({ retention_ms: 60_001 }), 10).lift).toEqual([]);
    expect(prune(view, input({ retention_ms: 60_000 }), 10).lift).toHaveLength(1);
  });

  it("wake when they come of age", () => {
    expect(prune(buried({ removed_at: later(7 - TOMBSTONE_MS) }), input({ retention_ms: null }), 10).wake_ms).toBe(7);
  });

  it.each(TERMINAL)("tell who came to wait for it meanwhile that it was %s", (status) => {
    const view = buried({ status });
    view.apply(task("late", "blocked", 0, { blocked_by: ["a"] }), 60);
    const verdict = () => ({ lost: false, recheck_ms: 1 }) as const;
    const event = { type: status === "completed" ? "unblocked" : "blocker_failed" };
    expect(reconcile(view, { now: 0, verdict, ...FREE }).actions).toMatchObject([
      { do: "apply", task_id: "late", event },
    ]);
  });

  it("give way to a new task of that id, and not to an older word of it", () => {
    const view = buried();
    expect(view.apply(task("a", "available"), 49)).toEqual([]);
    expect(view.status("a")).toBe("completed");
    view.apply(task("a", "available"), 51);
    expect([view.status("a"), [...view.tombstones()]]).toEqual(["available", []]);
    view.remove("a", 50);
    expect(view.status("a"), "the word of its first life came late").toBe("available");
  });

  it("are no hand-off of a task that is given the id of their parent", () => {
    const view = viewOf(child("p", "completed"));
    view.remove("p-h1", 5, stone());
    view.apply(handing("p", 1, 0), 6);
    expect(view.handingOff("p")).toBeDefined();
  });

  it.each<[unknown, boolean]>([
    [stone(), true],
    [null, false],
    [{}, false],
    [{ ...stone(), status: "available" }, false],
    [{ ...stone(), removed_at: "soon 5" }, false],
    [{ ...stone(), logs: -1 }, false],
    [{ ...stone(), artifacts: "9" }, false],
  ])("read from what a marker says: %j", (value, isOne) => {
    expect(tombstoneOf(value)).toEqual(isOne ? stone() : null);
  });
});

describe("whatever there is", () => {
  const count = 12;
  const nth = fc.nat(count - 1);
  const ID = (n: number): string => `t${n}`;
  /** Tasks that wait for one another, hand off to one another (also over generations), of any age and status. */
  const world = fc
    .array(
      fc.record({
        status: fc.constantFrom(...STATUSES),
        age: fc.constantFrom(0, KEPT - 1, KEPT, 2 * KEPT),
        blocked_by: fc.uniqueArray(nth, { maxLength: 3 }),
        parent: fc.option(nth),
        handoffs: fc.constantFrom(0, 0, 1, 2),
        /** The hand-offs that exist, and how they stand. */
        children: fc.array(fc.option(fc.constantFrom(...STATUSES)), { minLength: 2, maxLength: 2 }),
        run: fc.boolean(),
        source_seq: fc.constantFrom(null, 1, 2_000),
      }),
      { minLength: 1, maxLength: count },
    )
    .map((seeds) =>
      seeds.flatMap(({ status, age, blocked_by, parent, handoffs, children, run, source_seq }, n) => {
        const handoff = Array.from({ length: handoffs }, (_, i) => NewTask.parse({ title: `${n}.${i}` }));
        const over: Partial<TaskRecord> = {
          blocked_by: blocked_by.map(ID),
          on_blocker_failure: run ? "run" : "fail",
          parent_id: parent === null ? null : ID(parent),
          handoff: status === "completed" ? handoff : [],
          source_seq,
        };
        const own = task(ID(n), status, age, over);
        const born = own.handoff.flatMap((_, i) => {
          const stands = children[i];
          return stands ? [task(idOfHandoff(ID(n), i), stands, age, { parent_id: ID(n), type: "design" })] : [];
        });
        return [own, ...born];
      }),
    );
  const ROLES = [role("debbie", { types: ["design"] })];
  const actionsOf = (view: FleetView) => {
    for (const one of ROLES) view.setRole(one);
    const verdict = () => ({ lost: false, recheck_ms: 1 }) as const;
    const { actions } = reconcile(view, { now: Date.parse(later(0)), verdict, ...FREE });
    return actions.map((action) => JSON.stringify(action)).sort();
  };
  const verdictFree = (records: readonly TaskRecord[]) => actionsOf(viewOf(...records));

  it("nothing open goes, and what goes is missed by nobody: not by who leads, nor by who leads next", () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 1, max: 5 }), (records, limit) => {
        const view = viewOf(...records);
        const expected = actionsOf(view);
        let left = [...records];
        for (let revision = 1_000; ; revision += 100) {
          const { remove } = prune(view, input(), limit);
          if (remove.length === 0) break;
          for (const [i, { task_id, status }] of remove.entries()) {
            const record = left.find((each) => each.task_id === task_id);
            expect(record && isTerminal(record.status) && record.status === status).toBe(true);
            expect(Date.parse(later(0)) - Date.parse(record?.updated_at ?? "")).toBeGreaterThanOrEqual(KEPT);
            view.remove(task_id, revision + i, stone({ status }));
            left = left.filter((each) => each.task_id !== task_id);
            expect(actionsOf(view), `${task_id} was missed`).toEqual(expected);
            // A leader that begins now, after the tombstones were lifted, has the records only.
            expect(verdictFree(left), `${task_id} was missed by the next leader`).toEqual(expected);
          }
        }
        for (const { task_id, revision } of prune(view, input(), 1_000).lift) view.remove(task_id, revision);
        expect([...view.tombstones()]).toEqual([]);
        expect(actionsOf(view)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

it("a hundred thousand ended tasks that are all kept are looked through, each once", () => {
  const view = new FleetView();
  const ended = task("x", "completed", 0);
  for (let n = 0; n < 100_000; n++) view.apply({ ...ended, task_id: `t${n}` }, n + 1);
  const { remove, wake_ms } = prune(view, input({ retention_ms: DEFAULT_RETENTION_MS }), 50);
  expect([remove.length, wake_ms]).toEqual([0, DEFAULT_RETENTION_MS]);
});
