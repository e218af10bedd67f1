import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { idOfKey } from "../../src/domain/identity.js";
import { NewTask, type NewTaskInput } from "../../src/domain/task.js";
import { MjError } from "../../src/errors.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { previewTasks, type Published, publishTasks } from "../../src/operations/publish.js";
import { cancelTask, listTasks } from "../../src/operations/tasks.js";
import { lead } from "../support/candidates.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { launch, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

let session: TestSession;
beforeEach(async () => {
  session = await openTestSession(server.url, freshWorkspace());
});
afterEach(() => session[Symbol.asyncDispose]());

const parse = (tasks: readonly NewTaskInput[]): NewTask[] => tasks.map((task) => NewTask.parse(task));
const publishAll = (...tasks: NewTaskInput[]): Promise<Published[]> => publishTasks(session, parse(tasks));
const statusesOf = (published: readonly Published[]): Record<string, string> =>
  Object.fromEntries(published.map(({ task_id, record }) => [task_id, record.status]));

const longIds = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n).padStart(128, "x"));

async function refused(...tasks: NewTaskInput[]): Promise<MjError> {
  const error: unknown = await publishAll(...tasks).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MjError);
  // The preview of a batch is refused for the same reason.
  await expect(previewTasks(session, parse(tasks))).rejects.toMatchObject({ message: (error as MjError).message });
  return error as MjError;
}

describe("a batch", () => {
  test("may name its own ids in any order; what comes back is in the order it was given", async () => {
    const published = await publishAll(
      { task_id: "c", title: "C", blocked_by: ["b", "a"] },
      { task_id: "b", title: "B", blocked_by: ["a"] },
      { task_id: "a", title: "A" },
      { task_id: "d", title: "D", blocked_by: ["c"], require_approval: true },
    );
    expect(published.map(({ task_id }) => task_id)).toEqual(["c", "b", "a", "d"]);
    expect(statusesOf(published)).toEqual({ a: "available", b: "blocked", c: "blocked", d: "blocked" });
    expect(published.every(({ created }) => created)).toBe(true);
  });

  test("blockers come before those who wait for them, on the channel, too", async () => {
    using said = await collect(session, session.names.available);
    await publishAll(
      { task_id: "c", title: "C", blocked_by: ["b"] },
      { task_id: "b", title: "B", blocked_by: ["a"] },
      { task_id: "a", title: "A" },
    );
    await eventually(() => said.length === 3);
    expect(said.map(({ body }) => body["task_id"])).toEqual(["a", "b", "c"]);
  });

  test("a thousand tasks, the half of them waiting for the other, run through", async () => {
    const tasks = Array.from({ length: 1_000 }, (_, n) => ({
      task_id: `t${n}`,
      title: `Task ${n}`,
      ...(n >= 500 && { blocked_by: [`t${n - 500}`, "t0"] }),
    }));
    await publishAll(...tasks.reverse());
    const statuses = (await listTasks(session)).map(({ status }) => status);
    expect(statuses.filter((status) => status === "available")).toHaveLength(500);
    expect(statuses.filter((status) => status === "blocked")).toHaveLength(500);
  });

  test("an empty one is nothing", async () => {
    expect(await publishAll()).toEqual([]);
  });
});

describe("blockers on the server", () => {
  test("count as they stand: open, completed, failed", async () => {
    await using _leader = await lead(session);
    const done = roleOf("done");
    await using _fleet = await launch(session, [{ role: done, run: () => Promise.resolve("ok") }]);
    await publishAll({ task_id: "open", title: "Open" }, { task_id: "done", title: "Done", type: "done" });
    await publishAll({ task_id: "gone", title: "Gone" });
    await cancelTask(session, "gone", "me", null);
    await taskWhen(session, "done", "completed");
    const published = await publishAll(
      { task_id: "after-open", title: "A", blocked_by: ["open", "done"] },
      { task_id: "after-done", title: "B", blocked_by: ["done"] },
      { task_id: "after-gone", title: "C", blocked_by: ["gone", "open"] },
      { task_id: "anyway", title: "D", blocked_by: ["gone"], on_blocker_failure: "run" },
    );
    expect(statusesOf(published)).toEqual({
      "after-open": "blocked",
      "after-done": "available",
      "after-gone": "failed",
      anyway: "available",
    });
  });

  test("a cycle through those that are there, and wait for an id that only comes now", async () => {
    const store = new TaskStore(session);
    for (const [task_id, after] of [
      ["first", "to-come"],
      ["second", "first"],
    ] as const) {
      const task = NewTask.parse({ title: task_id, blocked_by: [after] });
      await store.apply(task_id, { type: "published", task_id, task, blockers: ["open"] });
    }
    const cycle = publishAll(
      { task_id: "to-come", title: "To come", blocked_by: ["between"] },
      { task_id: "between", title: "Between", blocked_by: ["second"] },
    );
    await expect(cycle).rejects.toMatchObject({
      code: "usage",
      message: "these tasks wait for one another: to-come → between → second → first → to-come",
    });
    expect(await publishAll({ task_id: "to-come", title: "To come" })).toHaveLength(1);
  });

  test("a task that fails by being published is announced as failed", async () => {
    using failed = await collect(session, session.names.event("failed"));
    await publishAll({ task_id: "gone", title: "Gone" });
    await cancelTask(session, "gone", "me", null);
    await publishAll({ task_id: "late", title: "Late", blocked_by: ["gone"] });
    await eventually(() => failed.length === 1);
    expect(failed[0]?.body).toMatchObject({ task_id: "late", agent_id: null, reason: "dependency_failed" });
  });
});

describe("refused, and nothing is published", () => {
  afterEach(async () => {
    expect((await listTasks(session)).filter(({ task_id }) => task_id !== "taken")).toEqual([]);
    expect((await session.jsm.streams.info(session.names.work.stream)).state.messages).toBeLessThan(2);
  });

  test("a blocker that is nowhere: its name", async () => {
    const error = await refused(
      { task_id: "a", title: "A" },
      { task_id: "b", title: "B", blocked_by: ["a", "nowhere", "neither"] },
    );
    expect(error.code).toBe("not_found");
    expect(error.message).toContain("nowhere, neither");
    expect(error.message).not.toContain("a,");
  });

  test("a cycle: its path", async () => {
    const error = await refused(
      { task_id: "a", title: "A", blocked_by: ["c"] },
      { task_id: "b", title: "B", blocked_by: ["a"] },
      { task_id: "c", title: "C", blocked_by: ["b"] },
      { task_id: "free", title: "Free" },
    );
    expect(error.code).toBe("usage");
    expect(error.message).toContain("a → c → b → a");
  });

  test("a task that waits for itself", async () => {
    expect((await refused({ task_id: "a", title: "A", blocked_by: ["a"] })).message).toContain("a → a");
  });

  test("an explicit id that exists already, or twice in the batch", async () => {
    await publishAll({ task_id: "taken", title: "First" });
    const error = await refused({ title: "Free" }, { task_id: "taken", title: "Second" });
    expect(error).toMatchObject({ code: "conflict" });
    expect(error.message).toContain("taken");
    expect((await refused({ task_id: "x", title: "A" }, { task_id: "x", title: "B" })).code).toBe("usage");
    expect((await listTasks(session)).map(({ title }) => title)).toEqual(["First"]);
  });

  test.each<[string, NewTaskInput, RegExp]>([
    ["a payload", { title: "Large", payload: "x".repeat(8 * 1024 * 1024) }, /payload has 8193 KiB; 8192 KiB/],
    ["a description", { title: "Large", description: "x".repeat(256 * 1024) }, /description have 257 KiB; 256 KiB/],
    ["blockers", { title: "Large", blocked_by: longIds(4_000) }, /without its payload it has \d+ KiB; 384 KiB/],
  ])("more than a task may have: %s", async (_, task, why) => {
    const error = await refused(task);
    expect(error.code).toBe("usage");
    expect(error.why).toMatch(why);
  });
});

test("two who publish the same explicit id at the same moment: one has it, the others are told", async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => publishAll({ task_id: "one", title: `By ${n}` })),
  );
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "conflict" });
  }
});

describe("an idempotency key", () => {
  test("used twice, or eight times at once, gives the same task, said once on the channel", async () => {
    using said = await collect(session, session.names.available);
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) => publishAll({ title: `By ${n}`, idempotency_key: "nightly" })),
    );
    const published = all.flat();
    expect(new Set(published.map(({ task_id }) => task_id))).toEqual(new Set([idOfKey("nightly")]));
    expect(published.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(published.map(({ record }) => record.title)).size).toBe(1);
    await eventually(() => said.length > 0);
    expect(said).toHaveLength(1);
  });

  test("also after its task has finished: the task as it is now", async () => {
    const role = roleOf("done");
    await using _fleet = await launch(session, [{ role, run: () => Promise.resolve("ok") }]);
    const task = { title: "Report", type: "done", idempotency_key: "monday" };
    await publishAll(task);
    await taskWhen(session, idOfKey("monday"), "completed");
    const [again] = await publishAll(task);
    expect(again).toMatchObject({ created: false, record: { status: "completed", result: { summary: "ok" } } });
  });

  test("one key twice in a batch is a mistake", async () => {
    await expect(
      publishAll({ title: "A", idempotency_key: "k" }, { title: "B", idempotency_key: "k" }),
    ).rejects.toMatchObject({ code: "usage" });
  });
});

describe("a preview", () => {
  test("tells what publishing would come to, and writes nothing", async () => {
    await publishAll({ title: "Before", idempotency_key: "k" });
    const preview = await previewTasks(
      session,
      parse([
        { task_id: "b", title: "B", blocked_by: ["a"] },
        { task_id: "a", title: "A", not_before: "1h" },
        { title: "Before", idempotency_key: "k" },
      ]),
    );
    expect(preview.map(({ created, record }) => [record.title, record.status, created])).toEqual([
      ["B", "blocked", true],
      ["A", "scheduled", true],
      ["Before", "available", false],
    ]);
    expect(await listTasks(session)).toHaveLength(1);
  });
});
