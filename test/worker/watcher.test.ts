import { afterAll, beforeAll, expect, test } from "vitest";
import { getTask } from "../../src/operations/tasks.js";
import { pendingEvents } from "../../src/nats/feed.js";
import type { Session } from "../../src/nats/session.js";
import type { AttemptInput } from "../../src/executors/executor.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const debbie = { role: roleOf("debbie", { concurrency: 5 }), run: () => Promise.resolve("designed") };
const morgan = (more: Parameters<typeof roleOf>[1] = {}) => roleOf("morgan", { watch: ["completed"], ...more });
const task = (task_id: string, type = "debbie") => ({ task_id, title: `Task ${task_id}`, type });
const ids = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`);

/** Every event that was there for the role has been settled. */
const settled = (session: Session, role = "morgan") =>
  eventually(async () => (await pendingEvents(session, session.names.watchConsumer(role, "completed"))) === 0);

test("runs once per completed event, told of the task and the event", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const seen: AttemptInput[] = [];
  const run = (input: AttemptInput) => {
    seen.push(input);
    return Promise.resolve(`noted ${input.task.task_id}`);
  };
  await using fleet = await launch(session, [
    { role: morgan({ display_name: "Morgan" }), run },
    debbie,
    { role: roleOf("flop", { retry: { max_attempts: 1 } }), run: () => Promise.reject(new Error("no")) },
  ]);
  await publish(session, ...ids(10).map((id) => task(id)), task("fails", "flop"));
  await eventually(() => seen.length >= 10);
  await taskWhen(session, "fails", "failed");
  await settled(session);
  expect(seen.map((input) => input.task.task_id).sort()).toEqual(ids(10));
  expect(seen[0]).toMatchObject({
    event: "completed",
    attempt: 1,
    agent: { agent_id: "Morgan", role: "morgan" },
    task: { status: "completed", result: { summary: "designed" } },
  });
  await eventually(() => fleet.events.filter(({ type }) => type === "watched").length === 10);
  expect(fleet.events).toContainEqual({
    ...{ type: "watched", agent_id: "Morgan", task_id: "t3", event: "completed" },
    ...{ outcome: "completed", message: "noted t3" },
  });
  // Watching leaves the task alone.
  expect(await getTask(session, "t3")).toMatchObject({ owner: "debbie", epoch: 1, history: [{ agent_id: "debbie" }] });
});

test("tries again after a failure, and gives up with a report", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  using errors = await collect(session, session.names.channel("errors"));
  const tries: Record<string, number[]> = { flaky: [], hopeless: [] };
  await using fleet = await launch(session, [
    {
      role: morgan({ retry: { max_attempts: 2, backoff: "10ms" } }),
      run: ({ task, attempt }) => {
        tries[task.task_id]?.push(attempt);
        if (task.task_id === "flaky" && attempt > 1) return Promise.resolve("second time");
        return Promise.reject(new Error("no roadmap"));
      },
    },
    debbie,
  ]);
  await publish(session, task("flaky"), task("hopeless"));
  const report = await eventually(() => errors[0]);
  await settled(session);
  expect(tries).toEqual({ flaky: [1, 2], hopeless: [1, 2] });
  expect(report.body).toMatchObject({ reason: "watch_failed", agent_id: "morgan", task_id: "hopeless" });
  expect(report.body["message"]).toMatch(/gave up on the completed event of hopeless after 2 tries: no roadmap/);
  expect(errors).toHaveLength(1);
  expect(await getTask(session, "hopeless")).toMatchObject({ status: "completed" });
  const outcomes = fleet.events.flatMap((event) => (event.type === "watched" ? [event.outcome] : []));
  expect(outcomes.sort()).toEqual(["completed", "failed", "failed", "failed"]);
});

test("agents of one role share its events", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using other = await openTestSession(server.url, session.workspace);
  const both = gate();
  const runs: [string, string][] = [];
  const run = async ({ task, agent }: AttemptInput) => {
    runs.push([agent.agent_id, task.task_id]);
    if (new Set(runs.map(([id]) => id)).size === 2) both.open();
    await both.opened;
  };
  await using _a = await launch(session, [{ role: morgan(), run }, debbie]);
  await using _b = await launch(other, [{ role: morgan(), run }]);
  await publish(session, ...ids(12).map((id) => task(id)));
  await eventually(() => runs.length >= 12);
  await settled(session);
  expect(runs.map(([, id]) => id).sort()).toEqual(ids(12).sort());
  expect(new Set(runs.map(([id]) => id))).toEqual(new Set(["morgan", "morgan-2"]));
});

test("an agent takes as many events at once as its role says, each at its first try", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const three = gate();
  const runs: [string, number][] = [];
  await using fleet = await launch(session, [
    {
      role: morgan({ concurrency: 3 }),
      run: async ({ task, attempt }) => {
        runs.push([task.task_id, attempt]);
        if (runs.length === 3) three.open();
        await three.opened;
      },
    },
    debbie,
  ]);
  const [agent] = fleet.launcher.agents;
  await publish(session, ...ids(12).map((id) => task(id)));
  await three.opened;
  expect(agent?.running.length).toBeLessThanOrEqual(3);
  await eventually(() => runs.length >= 12);
  await settled(session);
  expect(runs.map(([id]) => id).sort()).toEqual(ids(12).sort());
  expect(runs.every(([, attempt]) => attempt === 1)).toBe(true);
});

test("an event while nobody of the role runs waits, from its first registration on", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const seen: string[] = [];
  const run = ({ task }: AttemptInput) => {
    seen.push(task.task_id);
    return Promise.resolve();
  };
  await using _fleet = await launch(session, [debbie]);
  await publish(session, task("before"));
  await taskWhen(session, "before", "completed");
  const first = await launch(session, [{ role: morgan(), run }]);
  await first.launcher.drain();
  await publish(session, task("meanwhile"));
  await taskWhen(session, "meanwhile", "completed");
  await using _second = await launch(session, [{ role: morgan(), run }]);
  await eventually(() => seen.length > 0);
  await settled(session);
  expect(seen).toEqual(["meanwhile"]);
});

test("an event whose run was stopped comes again", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const seen: string[] = [];
  await using _fleet = await launch(session, [debbie]);
  const first = await launch(session, [
    {
      role: morgan(),
      run: async ({ agent, signal }) => {
        seen.push(agent.agent_id);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    },
  ]);
  await publish(session, task("t"));
  await eventually(() => seen.length === 1);
  await first.launcher.stop();
  expect(first.events).toContainEqual(expect.objectContaining({ type: "watched", outcome: "stopped" }));
  const run = ({ agent }: AttemptInput) => Promise.resolve(void seen.push(`${agent.agent_id} again`));
  await using _second = await launch(session, [{ role: morgan(), run }]);
  await eventually(() => seen.length === 2);
  await settled(session);
  expect(seen).toEqual(["morgan", "morgan again"]);
});

test("never claims a task, even one that its match fits", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const seen: string[] = [];
  await using fleet = await launch(session, [
    {
      role: morgan({ match: { types: ["morgan", "debbie"] } }),
      run: ({ task }) => Promise.resolve(void seen.push(task.task_id)),
    },
    debbie,
  ]);
  await publish(session, task("for-morgan", "morgan"));
  await publish(session, task("t"));
  await eventually(() => seen.length === 1);
  await settled(session);
  expect(seen).toEqual(["t"]);
  expect(await getTask(session, "for-morgan")).toMatchObject({ status: "available", epoch: 0 });
  expect(fleet.events.filter(({ type }) => type === "claimed")).toMatchObject([{ agent_id: "debbie" }]);
});
