import { afterAll, beforeAll, expect, test } from "vitest";
import { type MjError, TaskPublisher } from "../../src/index.js";
import { getTask, listTasks } from "../../src/operations/tasks.js";
import { collect } from "../support/collect.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const publisherOf = ({ workspace }: TestSession): TaskPublisher =>
  new TaskPublisher({ server: server.url, workspace: workspace.id, prefix: workspace.prefix });

const failure = (promise: Promise<unknown>): Promise<MjError> =>
  promise.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as MjError,
  );

test("a task becomes a record, and is announced", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using publisher = publisherOf(session);
  const record = await publisher.publishTask({
    ...{ title: " About page ", type: "design", priority: "medium" as const, tags: ["web"] },
    ...{ payload: { a: [1] }, timeout: "30m", max_attempts: 5, not_before: "1h", created_by: "ada" },
  });
  expect(record).toMatchObject({
    ...{ title: "About page", type: "design", priority: "normal", tags: ["web"], payload: { a: [1] } },
    ...{ timeout_ms: 1_800_000, max_attempts: 5, status: "scheduled", created_by: "ada", attempts: 0, epoch: 0 },
  });
  expect(record.task_id).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(await getTask(session, record.task_id)).toEqual(record);
  using heard = await collect(session, session.names.available);
  expect(heard.map(({ body }) => body)).toEqual([record]);
});

test("a batch names its own ids in any order", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using publisher = publisherOf(session);
  const records = await publisher.publishTasks([
    { task_id: "c", title: "C", blocked_by: ["b", "a"] },
    { task_id: "b", title: "B", blocked_by: ["a"] },
    { task_id: "a", title: "A" },
  ]);
  expect(records.map(({ task_id, status }) => [task_id, status])).toEqual([
    ["c", "blocked"],
    ["b", "blocked"],
    ["a", "available"],
  ]);
});

test("an idempotency key publishes once", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using publisher = publisherOf(session);
  const first = await publisher.publishTask({ title: "Once", idempotency_key: "monday" });
  const [second, third] = await Promise.all([
    publisher.publishTask({ title: "Twice", idempotency_key: "monday" }),
    publisher.publishTask({ title: "Thrice", idempotency_key: "monday" }),
  ]);
  expect([second, third]).toEqual([first, first]);
  expect(await listTasks(session)).toHaveLength(1);
});

test("what is wrong is said, and nothing of the batch is published", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using publisher = publisherOf(session);
  const good = { task_id: "good", title: "Good" };
  const notATask = await failure(publisher.publishTasks([good, { title: "x", priority: "soon" }]));
  expect(notATask).toMatchObject({ name: "MjError", code: "usage", message: "task 2 is not a task" });
  expect(notATask.why).toMatch(/^priority: /);
  const missing = await failure(publisher.publishTasks([good, { title: "x", blocked_by: ["nowhere"] }]));
  expect(missing).toMatchObject({ code: "not_found" });
  expect(missing.message).toContain("nowhere");
  const circle = [
    { task_id: "a", title: "A", blocked_by: ["b"] },
    { task_id: "b", title: "B", blocked_by: ["a"] },
  ];
  expect(await failure(publisher.publishTasks([good, ...circle]))).toMatchObject({ code: "usage" });
  expect(await listTasks(session)).toEqual([]);
  await publisher.publishTask(good);
  expect(await failure(publisher.publishTask(good))).toMatchObject({ code: "conflict" });
});

test("no server: unreachable, and the next call tries again", async () => {
  await using own = await startTestServer();
  await using publisher = new TaskPublisher({ server: own.url, timeout: "1s" });
  await own.stop();
  const error = await failure(publisher.publishTask({ title: "x" }));
  expect(error).toMatchObject({ name: "MjError", code: "unreachable" });
  expect(error.message).toContain(String(own.port));
  await own.restart();
  expect(await publisher.publishTask({ title: "x" })).toMatchObject({ status: "available" });
});

test("leaving the block closes it; one that was never used, or is closed twice, closes too", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  let kept: TaskPublisher;
  {
    await using publisher = publisherOf(session);
    kept = publisher;
    await publisher.publishTask({ title: "x" });
  }
  await expect(kept.publishTask({ title: "y" })).rejects.toThrow("this publisher is closed");
  await kept.close();
  await using _unused = publisherOf(session);
});

test("closing does not wait for a server that is gone", async () => {
  const own = await startTestServer();
  const publisher = new TaskPublisher({ server: own.url });
  await publisher.publishTask({ title: "x" });
  await own[Symbol.asyncDispose]();
  await publisher.close();
});
