import { describe, expect, it } from "vitest";
import { AttemptSpans } from "../../src/domain/attempt-spans.js";
import type { AttemptRecord, TaskRecord } from "../../src/domain/task.js";
import { TaskTable } from "../../src/domain/task-table.js";
import { attempt, later, NOW, recordIn } from "./records.js";

const MINUTE = 60_000;
const at = (minute: number): string => later(minute * MINUTE);
const ms = (minute: number): number => Date.parse(at(minute));

/** An attempt from minute to minute; null: it runs. */
const ran = (agent_id: string, epoch: number, from: number, to: number | null): AttemptRecord =>
  attempt({
    ...{ agent_id, epoch, attempt: epoch, started_at: at(from) },
    ...{ ended_at: to === null ? null : at(to), outcome: to === null ? null : "failed" },
  });

/** Fed as a view is: with whole records, each newer than the one before. */
function keeper() {
  const table = new TaskTable();
  let revision = 0;
  return {
    table,
    take: (task_id: string, role: string, history: AttemptRecord[], over: Partial<TaskRecord> = {}) =>
      table.apply(recordIn("in_progress", { task_id, role, history, title: `Task ${task_id}`, ...over }), ++revision),
    told: (from = -1_000, to = 1_000, agents?: string[]): Record<string, string[]> =>
      Object.fromEntries(
        table.attempts
          .between(ms(from), ms(to), agents)
          .map(({ agent_id, role, attempts }) => [
            `${agent_id} (${role ?? "?"})`,
            attempts.map(({ task_id, epoch, outcome }) => `${task_id}.${epoch} ${outcome ?? "runs"}`),
          ]),
      ),
  };
}

describe("what ran between two moments", () => {
  const { take, told } = keeper();
  take("a", "build", [ran("Bob", 1, 0, 10), ran("Bob", 2, 20, null)]);
  take("b", "build", [ran("Bob", 1, 5, 8)]);
  take("c", "design", [ran("Debbie", 1, 30, 40)]);
  it.each([
    ["everything", [], { "Bob (build)": ["a.1 failed", "b.1 failed", "a.2 runs"], "Debbie (design)": ["c.1 failed"] }],
    ["what began before it, and what ends after it", [9, 35], { "Bob (build)": ["a.1 failed", "a.2 runs"] }],
    ["what touches its edges", [10, 15], { "Bob (build)": ["a.1 failed"] }],
    ["what runs goes on", [500, 600], { "Bob (build)": ["a.2 runs"] }],
    ["some agents, however they are written", [-9, 99, ["DEBBIE", "x"]], { "Debbie (design)": ["c.1 failed"] }],
    ["nothing", [-20, -10], {}],
  ] as const)("%s", (_, [from, to, agents], expected) => {
    expect(told(from, to, agents && [...agents])).toMatchObject(expected);
  });
});

it("a record says the role of its last attempt: that of an earlier one is what was seen, or the agent's", () => {
  const { take, told } = keeper();
  take("a", "design", [ran("Debbie", 1, 0, null)]);
  take("a", "build", [ran("Debbie", 1, 0, 1), ran("Bob", 2, 2, null)]);
  take("b", "build", [ran("Doc", 1, 0, 1), ran("Bob", 2, 2, 3)]);
  expect(Object.keys(told())).toEqual(["Bob (build)", "Debbie (design)", "Doc (?)"]);
});

it("of an attempt the newest is kept, with the task's newest title; a task that was removed had none", () => {
  const { table, take, told } = keeper();
  take("a", "build", [ran("Bob", 1, 0, null)]);
  take("a", "build", [ran("Bob", 1, 0, 4)], { title: "Renamed" });
  expect(table.attempts.between(ms(0), ms(9))).toEqual([
    {
      ...{ agent_id: "Bob", role: "build" },
      attempts: [
        {
          ...{ task_id: "a", title: "Renamed", attempt: 1, epoch: 1, outcome: "failed" },
          ...{ started_at: NOW, ended_at: at(4) },
        },
      ],
    },
  ]);
  table.remove("a", 99);
  expect(told()).toEqual({});
});

it("what is no time is no span, and a clock that went back makes one of no length", () => {
  const { table, take, told } = keeper();
  take("a", "build", [{ ...ran("Bob", 1, 0, 1), started_at: "soon" }, ran("Bob", 2, 9, 5)]);
  expect(told()).toEqual({ "Bob (build)": ["a.2 failed"] });
  expect(table.attempts.between(ms(0), ms(9))[0]?.attempts[0]).toMatchObject({ started_at: at(9), ended_at: at(9) });
});

it("keeps all that run and the newest of those that ended, and says since when it knows them all", () => {
  const spans = new AttemptSpans(8);
  const row = (task_id: string) => new TaskTable().apply(recordIn("in_progress", { task_id }), 1)!;
  spans.apply(row("runs"), [ran("Bob", 1, -500, null)]);
  for (let n = 0; n < 10; n++) spans.apply(row(`t${n}`), [ran("Bob", 1, n - 300, n)]);
  expect(spans.forgottenUntil).toBeNull();
  spans.apply(row("t10"), [ran("Bob", 1, 0, 10)]);
  expect(spans.forgottenUntil).toBe(at(2));
  const known = (): string[] => spans.between(-Infinity, Infinity)[0]!.attempts.map(({ task_id }) => task_id);
  expect(known().sort()).toEqual(["runs", "t10", "t3", "t4", "t5", "t6", "t7", "t8", "t9"]);
  // What was forgotten does not come back with another record of its task.
  spans.apply(row("t1"), [ran("Bob", 1, -299, 1), ran("Bob", 2, 11, null)]);
  expect(known()).toHaveLength(10);
  spans.clear();
  expect(spans.forgottenUntil).toBeNull();
});
