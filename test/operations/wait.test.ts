import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { readKey, removeKey } from "../../src/nats/bucket.js";
import { cancelTask } from "../../src/operations/tasks.js";
import { waitForTasks } from "../../src/operations/wait.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
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

const never = new AbortController().signal;
const role = roleOf("work", { concurrency: 8, retry: { max_attempts: 1 } });

test("resolves when all have ended, however they ended, with each as it is then, in the order asked", async () => {
  const door = gate();
  await using _fleet = await launch(session, [
    {
      role,
      run: async ({ task }) => {
        await door.opened;
        if (task.task_id === "bad") throw new Error("no");
        return "ok";
      },
    },
  ]);
  await publish(
    session,
    { task_id: "good", title: "Good", type: "work" },
    { task_id: "bad", title: "Bad", type: "work" },
    { task_id: "gone", title: "Gone" },
  );
  const seen: string[] = [];
  const waiting = waitForTasks(session, ["gone", "bad", "good"], null, never, ({ task_id, status }) =>
    seen.push(`${task_id} ${status}`),
  );
  await taskWhen(session, "bad", "in_progress");
  await cancelTask(session, "gone", "me", null);
  door.open();
  const { records, ended } = await waiting;
  expect(ended).toBe(true);
  expect(records.map(({ task_id, status }) => [task_id, status])).toEqual([
    ["gone", "cancelled"],
    ["bad", "failed"],
    ["good", "completed"],
  ]);
  expect(seen.slice(0, 3).map((text) => text.split(" ")[0])).toEqual(["gone", "bad", "good"]);
  expect(seen).toEqual(expect.arrayContaining(["gone cancelled", "bad failed", "good completed"]));
});

test("what has ended already needs no waiting", async () => {
  await publish(session, { task_id: "a", title: "A" });
  await cancelTask(session, "a", "me", null);
  expect((await waitForTasks(session, ["a"], null, never)).ended).toBe(true);
});

test("more tasks than are followed one by one", async () => {
  await using _fleet = await launch(session, [{ role, run: () => Promise.resolve("ok") }]);
  const ids = Array.from({ length: 20 }, (_, n) => `t${n}`);
  await publish(session, ...ids.map((task_id) => ({ task_id, title: task_id, type: "work" })));
  const { records, ended } = await waitForTasks(session, ids, null, never);
  expect(ended).toBe(true);
  expect(records.map(({ task_id }) => task_id)).toEqual(ids);
});

test.each([1, 20])("a task that is removed meanwhile, one of %i: there is none to wait for", async (count) => {
  const ids = Array.from({ length: count }, (_, n) => `t${n}`);
  await publish(session, ...ids.map((task_id) => ({ task_id, title: task_id })));
  const { tasks } = session.names;
  const waiting = waitForTasks(session, ids, null, never);
  await removeKey(session, tasks, "t0", (await readKey(session, tasks, "t0")).revision);
  await expect(waiting).rejects.toMatchObject({ code: "not_found", message: "there is no task t0" });
});

test("time runs out: what is still open is told as it stands", async () => {
  await publish(session, { task_id: "a", title: "A" });
  const { records, ended } = await waitForTasks(session, ["a"], 50, never);
  expect(ended).toBe(false);
  expect(records).toMatchObject([{ task_id: "a", status: "available" }]);
});

test("the signal ends it, also when it is aborted already, and nothing is left on the server", async () => {
  await publish(session, { task_id: "a", title: "A" });
  const abort = new AbortController();
  const waiting = waitForTasks(session, ["a"], null, abort.signal);
  abort.abort();
  expect((await waiting).ended).toBe(false);
  expect((await waitForTasks(session, ["a"], null, abort.signal)).ended).toBe(false);
  await eventually(async () => (await session.jsm.streams.info(session.names.tasks.stream)).state.consumer_count === 0);
});

test("an id that does not exist", async () => {
  await publish(session, { task_id: "a", title: "A" });
  await expect(waitForTasks(session, ["a", "nowhere"], null, never)).rejects.toMatchObject({
    code: "not_found",
    message: expect.stringContaining("nowhere") as string,
  });
});
