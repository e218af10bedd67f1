import { afterAll, beforeAll, expect, test } from "vitest";
import { registrationOf } from "../../src/domain/role.js";
import { registerRole } from "../../src/nats/registry.js";
import { approveTask, getTask, listTasks } from "../../src/operations/tasks.js";
import { untilNothingLeft } from "../../src/worker/drain.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const never = new AbortController().signal;

test("nothing at all is nothing left", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using fleet = await launch(session, [{ role: roleOf("design"), run: () => Promise.resolve() }]);
  await untilNothingLeft(session, fleet.launcher, never);
});

test("hand-offs of hand-offs, retries and watchers are waited for", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const noted: string[] = [];
  const handoff = (type: string) => [{ title: `${type} of {{task.title}}`, type }];
  await using fleet = await launch(session, [
    { role: roleOf("design", { handoff: handoff("convert") }), run: () => Promise.resolve("designed") },
    {
      role: roleOf("convert", { handoff: handoff("publish") }),
      run: ({ attempt }) => (attempt === 1 ? Promise.reject(new Error("not yet")) : Promise.resolve("converted")),
    },
    { role: roleOf("publish"), run: () => Promise.resolve({ handoff: [{ title: "Nobody's", type: "none" }] }) },
    {
      role: roleOf("morgan", { watch: ["completed"] }),
      run: ({ task, attempt }) => {
        if (attempt === 1) return Promise.reject(new Error("not yet"));
        noted.push(task.task_id);
        return Promise.resolve();
      },
    },
  ]);
  await publish(
    session,
    { task_id: "a", title: "A", type: "design" },
    { task_id: "b", title: "B", type: "design", blocked_by: ["a"], not_before: "1s" },
    { task_id: "unrouted", title: "Nobody's either", type: "none" },
    { task_id: "waits", title: "For a person", type: "design", require_approval: true },
    { task_id: "behind", title: "For that", type: "design", blocked_by: ["waits"] },
  );
  await untilNothingLeft(session, fleet.launcher, never);
  const byId = new Map((await listTasks(session)).map((task) => [task.task_id, task]));
  const completed = ["a", "a-h1", "a-h1-h1", "b", "b-h1", "b-h1-h1"];
  for (const id of completed) expect([id, byId.get(id)?.status]).toEqual([id, "completed"]);
  expect(byId.get("a-h1")).toMatchObject({ title: "convert of A", parent_id: "a", created_by: "design", attempts: 2 });
  expect(byId.get("a-h1-h1-h1")).toMatchObject({ title: "Nobody's", status: "available" });
  expect(byId.get("unrouted")?.status).toBe("available");
  expect(byId.get("waits")?.status).toBe("awaiting_approval");
  expect(byId.get("behind")?.status).toBe("blocked");
  expect(noted.sort()).toEqual(completed);
  // What a person sets going is left again.
  await approveTask(session, "waits", "ada", null);
  await untilNothingLeft(session, fleet.launcher, never);
  expect(await getTask(session, "behind")).toMatchObject({ status: "completed" });
});

test("work for a role that nobody here has is not waited for", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await registerRole(session, registrationOf(roleOf("elsewhere")));
  await using fleet = await launch(session, [{ role: roleOf("design"), run: () => Promise.resolve() }]);
  await publish(session, { title: "Theirs", type: "elsewhere" }, { task_id: "ours", title: "Ours", type: "design" });
  await untilNothingLeft(session, fleet.launcher, never);
  expect(await getTask(session, "ours")).toMatchObject({ status: "completed" });
});

test("what still runs is left; giving up ends the wait", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const working = gate();
  await using fleet = await launch(session, [{ role: roleOf("design"), run: () => working.opened }]);
  await publish(session, { task_id: "t", title: "T", type: "design" });
  await eventually(() => fleet.launcher.running.length === 1);
  const abort = new AbortController();
  let isOver = false;
  const wait = untilNothingLeft(session, fleet.launcher, abort.signal).then(() => (isOver = true));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(isOver).toBe(false);
  abort.abort();
  await wait;
  expect(await getTask(session, "t")).toMatchObject({ status: "in_progress" });
  working.open();
  await untilNothingLeft(session, fleet.launcher, never);
  expect(await getTask(session, "t")).toMatchObject({ status: "completed" });
});
