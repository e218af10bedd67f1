import { expect, it } from "vitest";
import { locksOf } from "../../src/domain/locks.js";
import { agentState } from "../../src/domain/snapshot.js";
import { beat, later, NOW, recordIn, role, settings } from "./records.js";

const now = Date.parse(NOW);
const task = (task_id: string, files: string[], at: number) =>
  recordIn("available", { task_id, files, type: "design", title: task_id, created_at: later(at) });

it("who holds files since when, who waits for them in which order, and who is next where nobody holds them", () => {
  const running = recordIn("in_progress", { task_id: "a", title: "A", files: ["src/**"] });
  const tasks = [
    task("third", ["src/x", "docs"], 3),
    running,
    task("second", ["src/x"], 2),
    task("next", ["lib"], 1),
    task("after", ["lib/**"], 4),
    task("free", ["bin"], 5),
  ];
  const slot = { epoch: 3, role: "debbie", owner: "Debbie", instance_id: "i1" };
  const slots = [
    { ...slot, task_id: "a", files: ["src/**"] },
    { ...slot, task_id: "limited", files: [] },
    { ...slot, task_id: "claiming", files: ["docs"], epoch: 1 },
  ];
  const agents = [agentState(beat(), new Date(now), now)];
  const routing = {
    roles: [role("debbie", { types: ["design"] })],
    agents,
    settings: settings({ slots }),
    led: true,
    now,
  };
  expect(locksOf(tasks, routing)).toEqual([
    {
      ...{ task_id: "a", title: "A", files: ["src/**"], role: "debbie", agent_id: "Debbie", since: NOW },
      waiting: [
        { task_id: "second", title: "second", files: ["src/x"], behind: "a" },
        { task_id: "third", title: "third", files: ["src/x", "docs"], behind: "a" },
      ],
    },
    {
      ...{ task_id: "claiming", title: null, files: ["docs"], role: "debbie", agent_id: "Debbie", since: null },
      waiting: [],
    },
    {
      ...{ task_id: "next", title: "next", files: ["lib"], role: null, agent_id: null, since: null },
      waiting: [{ task_id: "after", title: "after", files: ["lib/**"], behind: "next" }],
    },
  ]);
});
