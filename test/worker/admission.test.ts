import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RunningSlot } from "../../src/domain/settings.js";
import type { Handler } from "../../src/executors/handler.js";
import { changeSlots } from "../../src/nats/workspace-settings.js";
import { currentSettings } from "../../src/nats/workspace-settings.js";
import { pause, resume, setRules } from "../../src/operations/workspace.js";
import { eventually } from "../support/eventually.js";
import { gate, type Gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import type { Workspace } from "../../src/nats/names.js";

let server: TestServer;
let workspace: Workspace;
let session: TestSession;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  workspace = freshWorkspace();
  session = await openTestSession(server.url, workspace);
  return () => session[Symbol.asyncDispose]();
});

/** Counts what runs at a time. */
function counting(hold: () => Promise<void>): {
  run: Handler;
  most: () => number;
  now: () => number;
  done: () => number;
} {
  let now = 0;
  let most = 0;
  let done = 0;
  const run: Handler = async () => {
    most = Math.max(most, ++now);
    await hold();
    now--;
    done++;
  };
  return { run, most: () => most, now: () => now, done: () => done };
}

const tasks = (n: number, type: string) =>
  Array.from({ length: n }, (_, i) => ({ task_id: `${type}${i}`, title: "T", type }));
const nothing: Handler = () => Promise.resolve();
const short = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
const slotsNow = async (): Promise<readonly RunningSlot[]> => (await currentSettings(session)).slots;

describe("pause", () => {
  test.each([
    ["a role", ["a"]],
    ["everything", []],
  ])("%s: running work goes on, nothing new is claimed, until it is resumed", async (_, roles) => {
    const door: Gate = gate();
    const work = counting(() => door.opened);
    await using agents = await launch(session, [{ role: roleOf("a"), run: work.run }]);
    await publish(session, ...tasks(1, "a"));
    await taskWhen(session, "a0", "in_progress");
    await pause(session, roles, "kim", "moving");
    await publish(session, { task_id: "next", title: "T", type: "a" });
    door.open();
    await taskWhen(session, "a0", "completed");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await taskWhen(session, "next", "available")).toMatchObject({ epoch: 0 });
    expect(agents.launcher.running).toEqual([]);
    expect((await resume(session, roles)).resumed).toMatchObject([
      { role: roles[0] ?? null, by: "kim", reason: "moving" },
    ]);
    await taskWhen(session, "next", "completed");
  });

  test("one role's pause leaves the others alone; an agent that starts meanwhile keeps to it; watchers too", async () => {
    const seen: string[] = [];
    const watcher = roleOf("w", { match: {}, watch: ["completed"] });
    await using first = await launch(session, [{ role: roleOf("a"), run: nothing }]);
    await launchOnce(watcher);
    await pause(session, ["a", "w"], "kim", null);
    await using second = await launch(session, [
      { role: roleOf("a"), run: nothing },
      { role: roleOf("b"), run: nothing },
      { role: watcher, run: ({ task }) => Promise.resolve(void seen.push(task.task_id)) },
    ]);
    await publish(session, ...tasks(1, "a"), ...tasks(1, "b"));
    await taskWhen(session, "b0", "completed");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await taskWhen(session, "a0", "available");
    expect(seen).toEqual([]);
    expect(first.launcher.running).toEqual(second.launcher.running);
    await resume(session, []);
    await taskWhen(session, "a0", "completed");
    await eventually(() => seen.includes("b0") && seen.includes("a0"));
  });

  async function launchOnce(role: ReturnType<typeof roleOf>): Promise<void> {
    await using _ = await launch(session, [{ role, run: nothing }]);
  }

  test("pausing what is paused keeps who did it first; a role that never ran is named", async () => {
    await using _ = await launch(session, [{ role: roleOf("a"), run: nothing }]);
    await pause(session, ["a"], "kim", "moving");
    expect(await pause(session, ["a"], "lee", null)).toMatchObject([{ role: "a", by: "kim", reason: "moving" }]);
    await expect(pause(session, ["nobody"], "kim", null)).rejects.toMatchObject({ code: "not_found" });
    await expect(resume(session, ["nobody"])).rejects.toMatchObject({ code: "not_found" });
    expect((await resume(session, ["a"])).resumed).toHaveLength(1);
    expect((await resume(session, ["a"])).resumed).toEqual([]);
  });
});

describe("max_running", () => {
  test("of a role: never more across launchers, all are done, no slot is left", async () => {
    const work = counting(short);
    const role = roleOf("a", { max_running: 2, concurrency: 4 });
    await using other = await openTestSession(server.url, workspace);
    await using _a = await launch(session, [{ role, run: work.run }]);
    await using _b = await launch(other, [{ role, id: "b", run: work.run }]);
    await publish(session, ...tasks(60, "a"));
    await eventually(() => work.done() === 60);
    expect(work.most()).toBeLessThanOrEqual(2);
    await eventually(async () => (await slotsNow()).length === 0);
  });

  test("of the workspace: of all roles together", async () => {
    await setRules(session, { max_running: 3 });
    const work = counting(short);
    const agents = ["a", "b"].map((name) => ({ role: roleOf(name, { concurrency: 5 }), run: work.run }));
    await using _ = await launch(session, agents);
    await publish(session, ...tasks(30, "a"), ...tasks(30, "b"));
    await eventually(() => work.done() === 60);
    expect(work.most()).toBeLessThanOrEqual(3);
    await setRules(session, { max_running: null });
    expect((await currentSettings(session)).rules.max_running).toBeNull();
  });

  test("what ran before the limit was set counts", async () => {
    const door = gate();
    const work = counting(() => door.opened);
    await using _a = await launch(session, [{ role: roleOf("a", { concurrency: 2 }), run: work.run }]);
    await publish(session, ...tasks(2, "a"));
    await eventually(() => work.now() === 2);
    await setRules(session, { max_running: 2 });
    await eventually(async () => (await slotsNow()).length === 2);
    await using _b = await launch(session, [{ role: roleOf("b"), run: work.run }]);
    await publish(session, ...tasks(1, "b"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(work.most()).toBe(2);
    door.open();
    await taskWhen(session, "b0", "completed");
  });

  test("a slot whose agent is gone is freed: one that claimed, and one that only meant to", async () => {
    const role = roleOf("a", { max_running: 2 });
    await using _ = await launch(session, [{ role, run: short }], { leaseMs: 600 });
    const gone = { role: "a", owner: "Ghost", instance_id: "gone", files: [] };
    await publish(session, { task_id: "waits", title: "T", type: "nobody" });
    await changeSlots(session, () => [
      { task_id: "waits", epoch: 1, ...gone },
      { task_id: "never-seen", epoch: 1, ...gone },
    ]);
    await publish(session, ...tasks(3, "a"));
    for (const { task_id } of tasks(3, "a")) await taskWhen(session, task_id, "completed");
    await eventually(async () => (await slotsNow()).length === 0);
  });
});
