import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { NewTask } from "../../src/domain/task.js";
import { forEachTask } from "../../src/operations/bulk.js";
import { publishTasks } from "../../src/operations/publish.js";
import { cancelRecord, cancelTask, getTask, listTasks, retryTask } from "../../src/operations/tasks.js";
import { publish } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

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

const never = new AbortController().signal;

async function someTasks(count: number): Promise<string[]> {
  const tasks = Array.from({ length: count }, (_, n) => NewTask.parse({ task_id: `t${n}`, title: `T ${n}` }));
  return (await publishTasks(session, tasks)).map(({ task_id }) => task_id);
}

test("thousands, some at a time, in order", async () => {
  const ids = await someTasks(2_000);
  let running = 0;
  let most = 0;
  const cancelled = await forEachTask(ids, never, async (id) => {
    most = Math.max(most, ++running);
    const task = await cancelRecord(session, id, "tester", null);
    running--;
    return task;
  });
  expect(cancelled).toMatchObject({ failed: [], untried: 0 });
  expect(cancelled.done.map(({ task_id }) => task_id)).toEqual(ids);
  expect(most).toBe(16);
  const retried = await forEachTask(ids, never, (id) =>
    retryTask(session, id, "tester", null, { status: ["cancelled"] }),
  );
  expect(retried.done).toHaveLength(2_000);
  expect(await listTasks(session, { status: ["available"] })).toHaveLength(2_000);
});

test("what does not apply to one of them does not stop the rest", async () => {
  const ids = await someTasks(40);
  await cancelTask(session, "t20", "somebody", null);
  const { done, failed, untried } = await forEachTask([...ids, "nowhere"], never, (id) =>
    cancelRecord(session, id, "tester", null),
  );
  expect(done).toHaveLength(39);
  expect(failed).toMatchObject([
    { code: "conflict", message: "cancel does not apply: task t20 is cancelled" },
    { code: "not_found" },
  ]);
  expect(untried).toBe(0);
});

test("a signal ends it between two: what was begun is finished, the rest is as it was", async () => {
  const ids = await someTasks(100);
  const abort = new AbortController();
  const { done, failed, untried } = await forEachTask(ids, abort.signal, async (id) => {
    const task = await cancelRecord(session, id, "tester", null);
    if (id === "t20") abort.abort();
    return task;
  });
  expect(failed).toEqual([]);
  expect(done.length + untried).toBe(100);
  expect(untried).toBeGreaterThan(0);
  expect(await listTasks(session, { status: ["cancelled"] })).toHaveLength(done.length);
});

test("a connection that is closed ends it: not each of thousands has to wait for it", async () => {
  const ids = await someTasks(100);
  await using remote = await openTestSession(server.url, session.workspace);
  const { done, failed, untried } = await forEachTask(ids, never, async (id) => {
    if (id === "t20") await remote.nc.close();
    return await cancelRecord(remote, id, "tester", null);
  });
  expect(failed.length).toBeGreaterThan(0);
  expect(untried).toBeGreaterThan(0);
  expect(done.length + failed.length + untried).toBe(100);
});

test("a task that has become another meanwhile is left alone", async () => {
  await publish(session, { task_id: "a", title: "A" }, { task_id: "b", title: "B", type: "design" });
  const only = { status: ["blocked" as const] };
  await expect(cancelRecord(session, "a", "tester", null, only)).rejects.toMatchObject({
    code: "conflict",
    message: "cancel does not apply: task a has changed: it is available now",
  });
  expect((await getTask(session, "a")).status).toBe("available");
  expect(await cancelRecord(session, "b", "tester", null, { type: "design" })).toMatchObject({ status: "cancelled" });
  await expect(retryTask(session, "b", "tester", null, { error: "timeout" })).rejects.toMatchObject({
    code: "conflict",
  });
  expect(await retryTask(session, "b", "tester", null, { error: "by tester" })).toMatchObject({ status: "available" });
});
