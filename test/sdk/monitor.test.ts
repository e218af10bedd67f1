import { afterAll, beforeAll, expect, test } from "vitest";
import { STATUSES } from "../../src/domain/task.js";
import { MonitorClient, type MonitoredEvent } from "../../src/index.js";
import { cancelTask } from "../../src/operations/tasks.js";
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

const monitorOf = ({ workspace }: TestSession): MonitorClient =>
  new MonitorClient({ server: server.url, workspace: workspace.id, prefix: workspace.prefix });

/** Watches in the background; returns once it sees what is published. */
async function watching(session: TestSession, monitor: MonitorClient) {
  const seen: MonitoredEvent[] = [];
  const ended = (async () => {
    for await (const event of monitor.watch()) {
      seen.push(event);
      if (event.title === "the last") break;
    }
  })();
  await eventually(async () => {
    await publish(session, { title: "probe", type: "none" });
    return seen.length > 0;
  });
  return { seen, ended };
}

test("tasks: one, and all by status", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using monitor = monitorOf(session);
  expect(await monitor.getAllTasks()).toEqual(Object.fromEntries(STATUSES.map((status) => [status, []])));
  await publish(
    session,
    { task_id: "a", title: "A" },
    { task_id: "b", title: "B", blocked_by: ["a"] },
    { task_id: "c", title: "C", require_approval: true },
    { task_id: "d", title: "D" },
  );
  await cancelTask(session, "d", "ada", null);
  const tasks = await monitor.getAllTasks();
  expect(Object.keys(tasks)).toEqual([...STATUSES]);
  const ids = Object.entries(tasks).flatMap(([status, some]) => some.map(({ task_id }) => `${status} ${task_id}`));
  expect(ids.sort()).toEqual(["available a", "awaiting_approval c", "blocked b", "cancelled d"]);
  expect(await monitor.getTaskStatus("b")).toMatchObject({ status: "blocked", blocked_by: ["a"] });
  await expect(monitor.getTaskStatus("nowhere")).rejects.toMatchObject({ name: "MjError", code: "not_found" });
});

test("agents by their last beat, and what needs attention", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using monitor = monitorOf(session);
  expect(await monitor.getAgents()).toEqual([]);
  const working = gate();
  await using _fleet = await launch(session, [
    { role: roleOf("debbie", { display_name: "Debbie" }), run: () => working.opened },
    { role: roleOf("alice"), run: () => Promise.resolve() },
  ]);
  await publish(session, { task_id: "t", title: "T", type: "debbie" }, { task_id: "u", title: "U", type: "none" });
  const agents = await eventually(async () => {
    const now = await monitor.getAgents();
    return now.some(({ status }) => status === "busy") && now;
  });
  expect(agents).toMatchObject([
    { agent_id: "alice", role: "alice", status: "idle", current_task: null, lost: false },
    { agent_id: "Debbie", role: "debbie", status: "busy", current_task: "t", lost: false },
  ]);
  expect(agents[0]?.last_heartbeat).toMatch(/^\d{4}-.*Z$/);
  const snapshot = await monitor.getSnapshot();
  expect(snapshot).toMatchObject({
    workspace: session.workspace.id,
    tasks: { in_progress: 1, available: 1 },
    attention: [{ kind: "unrouted", id: "u" }],
  });
  expect(snapshot.leader).not.toBeNull();
  working.open();
  await taskWhen(session, "t", "completed");
});

test("watch: each event of a task's life, in order, until the loop is left", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using monitor = monitorOf(session);
  const { seen, ended } = await watching(session, monitor);
  let tries = 0;
  await using _fleet = await launch(session, [
    {
      role: roleOf("debbie"),
      run: () => (++tries === 1 ? Promise.reject(new Error("flaky")) : Promise.resolve("done")),
    },
  ]);
  await publish(session, { task_id: "t", title: "T", type: "debbie" });
  await eventually(() => seen.some(({ event }) => event === "completed"));
  const events = seen.filter(({ task_id }) => task_id === "t");
  expect(events.map(({ event, status, attempt }) => [event, status, attempt])).toEqual([
    ["available", "available", undefined],
    ["claimed", "in_progress", 1],
    ["released", "scheduled", 1],
    ["available", "available", 1],
    ["claimed", "in_progress", 2],
    ["completed", "completed", 2],
  ]);
  expect(events[3]).toMatchObject({ reason: "due", agent_id: null, role: "debbie" });
  expect(events[2]).toMatchObject({ reason: "agent_error", message: "flaky", agent_id: "debbie" });
  expect(events[5]).toMatchObject({ result: { summary: "done" }, title: "T", type: "debbie", epoch: 2 });
  await publish(session, { title: "the last", type: "none" });
  await ended;
});

test("leaving the block ends every watch", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  let watches: Promise<void>[];
  let kept: MonitorClient;
  {
    await using monitor = monitorOf(session);
    kept = monitor;
    const [one, two] = [await watching(session, monitor), await watching(session, monitor)];
    watches = [one.ended, two.ended];
  }
  await Promise.all(watches);
  await expect(kept.getAgents()).rejects.toThrow("this monitor is closed");
  await kept.close();
});
