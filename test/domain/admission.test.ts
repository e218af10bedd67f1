import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freeSlots, heldBy, missingSlots, needsSlot, staleSlots, takeSlot } from "../../src/domain/admission.js";
import type { Quota } from "../../src/domain/quota.js";
import { EVERYTHING, noRules, type Pause, type RunningSlot, type WorkspaceState } from "../../src/domain/settings.js";
import type { TaskRecord } from "../../src/domain/task.js";
import { later, NOW, recordIn } from "./records.js";

const PAUSE: Pause = { by: "kim", reason: null, at: NOW };

const slot = (task_id: string, over: Partial<RunningSlot> = {}): RunningSlot => ({
  task_id,
  epoch: 3,
  role: "debbie",
  owner: "Debbie",
  instance_id: "i1",
  files: [],
  ...over,
});

const state = (over: Partial<WorkspaceState> & { max_running?: number } = {}): WorkspaceState => ({
  rules: { ...noRules(), max_running: over.max_running ?? null },
  pauses: over.pauses ?? new Map<string, Pause>(),
  slots: over.slots ?? [],
  quotas: over.quotas ?? new Map<string, Quota>(),
});

const now = Date.parse(NOW);
const quota = (ms: number): Quota => ({
  ...{ account: "acc", until: later(ms), at: later(-1_000), by: "Debbie", message: "429", refusals: 1 },
});

const role = (max_running: number | null = null, name = "debbie", account: string | null = null) => ({
  ...{ name, max_running, account },
});

/** The slots with one more; a refusal as it is. */
const take = (slots: RunningSlot[], one: RunningSlot, of = role(), room = 1_000_000, max_running?: number) =>
  takeSlot(state({ slots, ...(max_running !== undefined && { max_running }) }), one, of, now, room);
/** The same, of one that is not refused. */
const taken = (...given: Parameters<typeof take>): RunningSlot[] => {
  const slots = take(...given);
  return Array.isArray(slots) ? slots : expect.fail(`refused: ${slots}`);
};

describe("what holds a role back", () => {
  const two = [slot("a"), slot("b")];
  const refusedFor = (ms: number): WorkspaceState => state({ quotas: new Map([["acc", quota(ms)]]) });
  test.each([
    ["nothing", state(), role(), null],
    ["its own pause", state({ pauses: new Map([["debbie", PAUSE]]) }), role(), "paused"],
    ["the pause of everything", state({ pauses: new Map([[EVERYTHING, PAUSE]]) }), role(), "paused"],
    ["another role's pause does not", state({ pauses: new Map([["alice", PAUSE]]) }), role(), null],
    ["its own limit", state({ slots: two }), role(2), "role_full"],
    ["not a limit that leaves room", state({ slots: two }), role(3), null],
    ["not what another role runs", state({ slots: two }), role(2, "alice"), null],
    ["the limit of the workspace", state({ slots: two, max_running: 2 }), role(null, "alice"), "workspace_full"],
    ["not a limit of the workspace that leaves room", state({ slots: two, max_running: 3 }), role(), null],
    ["a pause before a limit", state({ slots: two, pauses: new Map([["debbie", PAUSE]]) }), role(1), "paused"],
    ["a refusal of its provider", refusedFor(1), role(null, "debbie", "acc"), "quota"],
    ["not one that is over", refusedFor(0), role(null, "debbie", "acc"), null],
    ["not one of another account", refusedFor(1), role(null, "debbie", "other"), null],
    ["no refusal where no account is known", refusedFor(1), role(), null],
  ] as const)("%s", (_, given, of, why) => {
    expect(heldBy(given, of, now)?.why ?? null).toBe(why);
  });
});

test.each([
  [null, null, [], false],
  [1, null, [], true],
  [null, 1, [], true],
  [null, null, ["src/**"], true],
])("workspace limit %j, role limit %j, files %j: a slot is needed %s", (workspace, own, files, needed) => {
  const given = state({ ...(workspace !== null && { max_running: workspace }) });
  expect(needsSlot(given, role(own), { files })).toBe(needed);
});

describe("slots", () => {
  test("one that is held already is held once; a freed one makes room", () => {
    const first = taken([], slot("a"), role(1));
    expect(first).toEqual([slot("a")]);
    expect(take(first, slot("a"), role(1))).toEqual(first);
    expect(take(first, slot("b"), role(1))).toBe("role");
    expect(take(freeSlots(first, [slot("a")]), slot("b"), role(1))).toEqual([slot("b")]);
  });

  test("files of another task's slot are refused; its own, others, and a freed one's are not", () => {
    const held = [slot("a", { files: ["src/**"] })];
    const api = slot("b", { files: ["docs/x.md", "src/api"] });
    expect(take(held, api)).toBe("files");
    expect(take(held, slot("b", { files: ["docs/**"] }))).toHaveLength(2);
    expect(take(held, slot("a", { files: ["src/**"], owner: "Debbie-2" }))).toHaveLength(2);
    expect(take(held, slot("b"))).toHaveLength(2);
    expect(take(freeSlots(held, [slot("a")]), api)).toEqual([api]);
    expect(take(held, slot("b", { files: ["docs/**"] }), role(), 100), "no room in a message").toBe("files");
  });

  test("a token that went to two agents: each holds a slot, and the one that loses frees its own", () => {
    const [first, second] = [slot("a"), slot("a", { owner: "Debbie-2", instance_id: "i2" })];
    expect(take([first], second, role(1))).toBe("role");
    const both = taken([first], second, role(2));
    expect(both).toEqual([first, second]);
    expect(freeSlots(both, [second])).toEqual([first]);
  });

  test("however slots are taken and freed, no limit is exceeded", () => {
    const step = fc.record({
      isTake: fc.boolean(),
      task: fc.integer({ min: 0, max: 9 }),
      of: fc.constantFrom("x", "y"),
    });
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (steps, all, own) => {
        let slots: RunningSlot[] = [];
        for (const { isTake, task, of } of steps) {
          const wanted = slot(`t${task}`, { role: of });
          const limit = role(of === "x" ? own : null, of);
          const more = isTake ? take(slots, wanted, limit, undefined, all) : "role";
          if (Array.isArray(more)) slots = more;
          else if (!isTake) slots = freeSlots(slots, [wanted]);
          expect(slots.length).toBeLessThanOrEqual(all);
          expect(slots.filter((each) => each.role === "x").length).toBeLessThanOrEqual(own);
          expect(new Set(slots.map(({ task_id }) => task_id)).size).toBe(slots.length);
        }
      }),
    );
  });
});

describe("held against the records", () => {
  const records = (...tasks: TaskRecord[]) => ({
    task: (id: string) => tasks.find(({ task_id }) => task_id === id),
    running: tasks.filter(({ status }) => status === "in_progress"),
  });
  const running = (task_id: string, over: Partial<TaskRecord> = {}) =>
    recordIn("in_progress", { task_id, role: "debbie", ...over });

  test.each([
    ["its task runs", running("t"), true, false],
    ["its task runs, its agent has fallen silent: the reaper decides", running("t"), false, false],
    ["its agent has claimed at a later epoch than it meant to", running("t", { epoch: 4 }), true, false],
    ["its task runs elsewhere", running("t", { owner: "Debbie-2" }), true, true],
    ["its task runs in another instance", running("t", { instance_id: "i2" }), true, true],
    ["it is about to be claimed", recordIn("available", { task_id: "t", epoch: 2 }), true, false],
    ["who was about to claim it is gone", recordIn("available", { task_id: "t", epoch: 2 }), false, true],
    ["its attempt was given back", recordIn("available", { task_id: "t", epoch: 3 }), true, true],
    ["its task is done", recordIn("completed", { task_id: "t", epoch: 3 }), true, true],
    ["its task is not known here yet", recordIn("available", { task_id: "other" }), true, false],
    ["its task is not known, and who took it is gone", recordIn("available", { task_id: "other" }), false, true],
  ])("%s", (_, task, alive, stale) => {
    const stay = [slot("t")];
    const isAlive = () => alive;
    expect(staleSlots(stay, records(task), isAlive, () => false)).toEqual(stale ? stay : []);
    // A cancelled command that is still being ended keeps its place, and its files.
    expect(staleSlots(stay, records(task), isAlive, () => true)).toEqual(stale && !alive ? stay : []);
  });

  test("running tasks of limited roles that hold none", () => {
    const tasks = [
      running("a"),
      running("b"),
      running("c", { role: "alice" }),
      recordIn("available", { task_id: "d" }),
    ];
    const held = { slots: [slot("a")] };
    expect(missingSlots(state(held), records(...tasks), [role(5), role(null, "alice")])).toEqual([slot("b")]);
    expect(missingSlots(state({ ...held, max_running: 9 }), records(...tasks), [])).toEqual([
      slot("b"),
      slot("c", { role: "alice" }),
    ]);
    expect(missingSlots(state(held), records(...tasks), [role()])).toEqual([]);
    const filed = running("e", { files: ["src/**"] });
    expect(missingSlots(state(held), records(filed), [])).toEqual([slot("e", { files: ["src/**"] })]);
  });
});
