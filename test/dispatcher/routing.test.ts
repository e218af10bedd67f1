import "../support/state-dir.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { laneOf } from "../../src/domain/lanes.js";
import { type AgentDefinition, registrationOf } from "../../src/domain/role.js";
import { PRIORITIES, type Priority } from "../../src/domain/task.js";
import { queuedTokens, sendToken } from "../../src/nats/queue.js";
import { registerRole } from "../../src/nats/registry.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { cancelTask, getTask } from "../../src/operations/tasks.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A workspace with a leader, and roles that nobody works for. */
async function led(on: TestServer, ...roles: AgentDefinition[]) {
  const session = await openTestSession(on.url, freshWorkspace());
  for (const role of roles) await registerRole(session, registrationOf(role));
  const leader = await launch(session, []);
  await eventually(() => leader.launcher.leading);
  return {
    session,
    leader,
    async [Symbol.asyncDispose]() {
      await leader[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}

/** The queue's tokens as `<role>.<lane>.<task id>`. */
const tokens = async (session: TestSession): Promise<string[]> =>
  [...(await queuedTokens(session))].map((subject) => subject.split(".").slice(1).join(".")).sort();

async function tokensBecome(session: TestSession, wanted: readonly string[]): Promise<void> {
  const sorted = JSON.stringify([...wanted].sort());
  await eventually(async () => {
    const found = JSON.stringify(await tokens(session));
    if (found !== sorted) throw new Error(`the queue holds ${found}, not ${sorted}`);
    return true;
  });
}

const debbie = roleOf("debbie", { match: { types: ["design"], phases: ["design"] } });
const alice = roleOf("alice", { match: { types: ["publishing"], tags: ["urgent"] } });
const doc = roleOf("doc-brown", { match: { keywords: ["PAGE_SPEC"] } });
const morgan = roleOf("morgan", { match: { types: ["design", "publishing"] }, watch: ["completed"] });

describe.concurrent("routing", () => {
  test("one token for each role a task is eligible for; none for a role that watches", async () => {
    await using fleet = await led(server, debbie, alice, doc, morgan);
    const { session } = fleet;
    await publish(
      session,
      { task_id: "one", title: "a", type: "design" },
      { task_id: "two", title: "see PAGE_SPEC", phase: "Web Design" },
      { task_id: "three", title: "page_spec", type: "publishing", tags: ["urgent"], phase: "design" },
      { task_id: "none", title: "nobody's" },
    );
    const wanted = ["debbie.2.one", "debbie.2.two", "doc-brown.2.two"];
    wanted.push("alice.2.three", "debbie.2.three", "doc-brown.2.three");
    await tokensBecome(session, wanted);
    expect((await getTask(session, "none")).status).toBe("available");
  });

  test("several eligible roles, several agents: each task is done once, and no token is left", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const done: string[] = [];
    const run = ({ task }: { task: { task_id: string } }) => Promise.resolve(void done.push(task.task_id));
    const roles = ["a", "b", "c"].map((name) => roleOf(name, { match: { types: ["shared"] }, concurrency: 2 }));
    await using agents = await launch(
      session,
      roles.map((role) => ({ role, run })),
    );
    expect(agents.ids).toEqual(["a", "b", "c"]);
    const ids = Array.from({ length: 20 }, (_, n) => `s${n}`);
    await publish(session, ...ids.map((task_id) => ({ task_id, title: task_id, type: "shared" })));
    for (const id of ids) expect(await taskWhen(session, id, "completed")).toMatchObject({ attempts: 1, epoch: 1 });
    expect([...done].sort()).toEqual([...ids].sort());
    await tokensBecome(session, []);
  });

  test("a task nobody matches waits, and is routed when a role appears, or changes, later", async () => {
    await using fleet = await led(server, alice);
    const { session } = fleet;
    await publish(
      session,
      { task_id: "early", title: "early", type: "design" },
      { task_id: "changed", title: "changed", type: "new" },
      { task_id: "probe", title: "probe", type: "publishing" },
    );
    await tokensBecome(session, ["alice.2.probe"]);
    await registerRole(session, registrationOf(debbie));
    await tokensBecome(session, ["alice.2.probe", "debbie.2.early"]);
    const widened = roleOf("alice", { match: { types: ["publishing", "new"] } });
    await using agents = await launch(session, [{ role: widened, run: () => Promise.resolve("done") }]);
    expect(agents.ids).toHaveLength(1);
    await taskWhen(session, "changed", "completed");
    await taskWhen(session, "probe", "completed");
    expect((await getTask(session, "early")).status).toBe("available");
  });

  test("the token goes into the lane of the task's priority; the best lane is taken first", async () => {
    await using fleet = await led(server, debbie);
    const { session } = fleet;
    const upwards: Priority[] = [...PRIORITIES].reverse();
    await publish(session, ...upwards.map((priority) => ({ task_id: priority, title: "x", type: "design", priority })));
    await tokensBecome(
      session,
      PRIORITIES.map((priority) => `debbie.${laneOf(priority)}.${priority}`),
    );
    using claims = await collect(session, session.names.event("claimed"));
    await using agents = await launch(session, [{ role: debbie, run: () => Promise.resolve("done") }]);
    expect(agents.ids).toHaveLength(1);
    for (const id of PRIORITIES) await taskWhen(session, id, "completed");
    await eventually(() => claims.length === 4);
    const startedAt = await Promise.all(PRIORITIES.map(async (id) => (await getTask(session, id)).started_at));
    expect(startedAt).toEqual([...startedAt].sort());
    expect(claims.map(({ body }) => body["task_id"])).toEqual(PRIORITIES);
  });

  test("tokens of tasks that are done, running, cancelled or unknown start nothing", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const started: string[] = [];
    const open = gate();
    const role = roleOf("debbie", { match: { types: ["design"] }, concurrency: 5 });
    const run = async ({ task }: { task: { task_id: string } }) => {
      started.push(task.task_id);
      if (task.task_id === "running") await open.opened;
    };
    await using agents = await launch(session, [{ role, run }]);
    expect(agents.ids).toHaveLength(1);
    const [stale] = await publish(session, { task_id: "done", title: "x", type: "design" });
    await taskWhen(session, "done", "completed");
    await publish(session, { task_id: "running", title: "x", type: "design" });
    await taskWhen(session, "running", "in_progress");
    const held = { title: "x", type: "design", require_approval: true };
    await publish(session, { ...held, task_id: "cancelled" }, { ...held, task_id: "held" });
    await cancelTask(session, "cancelled", "me", null);
    const store = new TaskStore(session);
    for (const id of ["done", "running", "cancelled", "held"]) {
      const stored = (await store.get(id))!;
      await sendToken(session, "debbie", 0, stored);
      await sendToken(session, "debbie", 1, { record: { ...stale!, task_id: id }, revision: 1 });
    }
    await sendToken(session, "debbie", 0, { record: { ...stale!, task_id: "unknown" }, revision: 1 });
    await tokensBecome(session, []);
    expect(started).toEqual(["done", "running"]);
    open.open();
    expect(await taskWhen(session, "running", "completed")).toMatchObject({ epoch: 1 });
    expect((await getTask(session, "held")).status).toBe("awaiting_approval");
  });

  test("a new leader puts back tokens that were lost", async () => {
    await using fleet = await led(server, debbie);
    const { session, leader } = fleet;
    await publish(session, { task_id: "lost", title: "x", type: "design" });
    await tokensBecome(session, ["debbie.2.lost"]);
    await leader[Symbol.asyncDispose]();
    await session.jsm.streams.purge(session.names.queue.stream);
    await tokensBecome(session, []);
    await using next = await launch(session, []);
    await eventually(() => next.launcher.leading);
    await tokensBecome(session, ["debbie.2.lost"]);
  });
});

test("tokens that a server lost are there again after its restart, and the tasks are done once each", async () => {
  await using own = await startTestServer();
  await using fleet = await led(own, debbie, alice);
  const { session } = fleet;
  const both = Array.from({ length: 10 }, (_, n) => `both${n}`);
  await publish(session, ...both.map((task_id) => ({ task_id, title: "x", type: "design", tags: ["urgent"] })), {
    task_id: "one",
    title: "x",
    type: "publishing",
    priority: "low" as const,
  });
  const wanted = [...both.flatMap((id) => [`debbie.2.${id}`, `alice.2.${id}`]), "alice.3.one"];
  await tokensBecome(session, wanted);
  await session.jsm.streams.purge(session.names.queue.stream);
  await tokensBecome(session, []);
  await own.restart();
  await tokensBecome(session, wanted);

  const done: string[] = [];
  const run = ({ task }: { task: { task_id: string } }) => Promise.resolve(void done.push(task.task_id));
  await using agents = await launch(session, [
    { role: debbie, run },
    { role: alice, run },
  ]);
  expect(agents.ids).toEqual(["debbie", "alice"]);
  for (const id of [...both, "one"]) await taskWhen(session, id, "completed");
  expect([...done].sort()).toEqual([...both, "one"].sort());
  await tokensBecome(session, []);
});
