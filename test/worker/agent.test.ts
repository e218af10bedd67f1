import { hostname } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Beat } from "../../src/domain/message.js";
import { answer } from "../../src/nats/control.js";
import { lastBeat, sendBeat } from "../../src/nats/registry.js";
import type { Session } from "../../src/nats/session.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { cancelTask, getTask, listTasks } from "../../src/operations/tasks.js";
import { VERSION } from "../../src/version.js";
import type { WorkerEvent } from "../../src/worker/events.js";
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

const task = (task_id: string, type = "debbie") => ({ task_id, title: `Task ${task_id}`, type });

/** The last beat of an agent once it is as wanted. */
const beatWhen = (session: Session, id: string, wanted: (beat: Beat) => boolean): Promise<Beat> =>
  eventually(async () => {
    const { beat } = await lastBeat(session, id);
    if (!beat || !wanted(beat)) throw new Error(`the beat never came to be as wanted: ${JSON.stringify(beat)}`);
    return beat;
  });

const saw = (events: WorkerEvent[], type: WorkerEvent["type"]) =>
  eventually(() => events.find((event) => event.type === type));

describe("heartbeat", () => {
  test("carries what the contract says; idle, active, busy, offline", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const gates = { one: gate(), two: gate() };
    const role = roleOf("debbie", { display_name: "Debbie", description: "Web design", concurrency: 2 });
    const run = ({ task }: { task: { task_id: string } }) => gates[task.task_id as keyof typeof gates].opened;
    const fleet = await launch(session, [{ role, run }]);
    const idle = await beatWhen(session, "Debbie", ({ status }) => status === "idle");
    expect(idle).toEqual({
      ...{ agent_id: "Debbie", role: "debbie", description: "Web design", status: "idle" },
      ...{ current_task: null, current_tasks: [], slots: 2, lease_ms: 60_000, account: null },
      ...{ instance_id: fleet.launcher.instanceId, host: hostname(), pid: process.pid, version: VERSION },
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      started_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    await publish(session, task("one"));
    const active = await beatWhen(session, "Debbie", ({ status }) => status === "active");
    expect(active).toMatchObject({ current_task: "one", current_tasks: ["one"], started_at: idle.started_at });
    await publish(session, task("two"));
    const busy = await beatWhen(session, "Debbie", ({ status }) => status === "busy");
    expect(busy).toMatchObject({ current_task: "one", current_tasks: ["one", "two"] });
    gates.one.open();
    expect(await beatWhen(session, "Debbie", ({ status }) => status === "active")).toMatchObject({
      current_task: "two",
    });
    gates.two.open();
    await beatWhen(session, "Debbie", ({ status }) => status === "idle");
    await fleet.launcher.drain();
    const { beat } = await lastBeat(session, "Debbie");
    expect(beat).toMatchObject({ status: "offline", current_task: null, instance_id: fleet.launcher.instanceId });
    await saw(fleet.events, "offline");
    // Rolled up: the stream is the registry, one beat an agent.
    using heard = await collect(session, session.names.heartbeats);
    expect(heard).toHaveLength(1);
  });

  test("goes on while a task runs, and beats asked for at once get along", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const working = gate();
    await using fleet = await launch(session, [{ role: roleOf("debbie"), run: () => working.opened }], {
      heartbeatMs: 50,
    });
    await publish(session, task("t"));
    await beatWhen(session, "debbie", ({ status }) => status === "busy");
    using heard = await collect(session, session.names.heartbeat("debbie"));
    await eventually(() => heard.length > 3);
    const agent = fleet.launcher.agents[0]!;
    await Promise.all(Array.from({ length: 5 }, () => agent.beatNow()));
    working.open();
  });

  test("two processes are never one agent: the second takes another id, also of a dead one's", async () => {
    const workspace = freshWorkspace();
    await using first = await openTestSession(server.url, workspace);
    await using second = await openTestSession(server.url, workspace);
    const role = roleOf("debbie", { display_name: "Debbie" });
    const agent = { role, run: () => Promise.resolve() };
    await using a = await launch(first, [agent, agent]);
    await using b = await launch(second, [agent, { ...agent, id: "Deb" }]);
    expect([...a.ids, ...b.ids]).toEqual(["Debbie", "Debbie-2", "Debbie-3", "Deb"]);
    expect(b.events).toContainEqual({ type: "registered", agent_id: "Debbie-3", role: "debbie", wanted_id: "Debbie" });
    // Gone without a goodbye: nobody listens, so the id is free at once.
    await first.nc.close();
    await using third = await openTestSession(server.url, workspace);
    await using c = await launch(third, [agent]);
    expect(c.ids).toEqual(["Debbie"]);
  });
});

describe("an end", () => {
  test("drain: what runs finishes, nothing is claimed, beats go on, then offline", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const working = gate();
    const started: string[] = [];
    const fleet = await launch(session, [
      {
        role: roleOf("debbie"),
        run: async ({ task }) => {
          started.push(task.task_id);
          await working.opened;
          return "finished";
        },
      },
    ]);
    await publish(session, task("one"));
    await eventually(() => started.length === 1);
    await publish(session, task("two"));
    let isDrained = false;
    const drained = fleet.launcher.drain().then(() => (isDrained = true));
    using heard = await collect(session, session.names.heartbeat("debbie"));
    await eventually(() => heard.filter(({ body }) => body["status"] === "busy").length > 2);
    expect(isDrained).toBe(false);
    working.open();
    await drained;
    expect(await getTask(session, "one")).toMatchObject({ status: "completed", result: { summary: "finished" } });
    expect(await getTask(session, "two")).toMatchObject({ status: "available", attempts: 0, epoch: 0 });
    expect(started).toEqual(["one"]);
    expect(await lastBeat(session, "debbie")).toMatchObject({ beat: { status: "offline" } });
  });

  test("stop: running work is ended and handed back uncounted", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    using heard = await collect(session, session.names.event("released"));
    let aborted = false;
    const fleet = await launch(session, [
      {
        role: roleOf("debbie"),
        run: async ({ signal }) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          aborted = true;
        },
      },
    ]);
    await publish(session, task("t"));
    await saw(fleet.events, "claimed");
    await fleet.launcher.stop();
    expect(aborted).toBe(true);
    const record = await getTask(session, "t");
    expect(record).toMatchObject({ status: "available", owner: null, attempts: 0, epoch: 1, error: null });
    expect(record.history).toMatchObject([{ attempt: 1, outcome: "handed_back", reason: "shutdown" }]);
    expect(await lastBeat(session, "debbie")).toMatchObject({ beat: { status: "offline" } });
    const released = await eventually(() => heard[0]);
    expect(released.body).toMatchObject({ task_id: "t", agent_id: "debbie", attempt: 1, reason: "shutdown" });
    // The next one takes it, as the first attempt it is.
    await using _next = await launch(session, [{ role: roleOf("debbie"), run: () => Promise.resolve("done") }]);
    expect(await taskWhen(session, "t", "completed")).toMatchObject({ attempts: 1, epoch: 2 });
  });

  test("limit: so many tasks and no more", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await publish(session, task("a"), task("b"), task("c"));
    const role = roleOf("debbie", { concurrency: 5 });
    await using fleet = await launch(session, [{ role, run: () => Promise.resolve() }], { limit: 2 });
    await fleet.launcher.agents[0]?.drained();
    await fleet.launcher.drain();
    const records = await listTasks(session);
    expect(records.map(({ status }) => status).sort()).toEqual(["available", "completed", "completed"]);
    expect(fleet.events.filter(({ type }) => type === "claimed")).toHaveLength(2);
  });
});

describe("a task that is taken away", () => {
  test("cancelled: told, ended, confirmed; the agent goes on", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using person = await openTestSession(server.url, session.workspace);
    let aborted = false;
    await using fleet = await launch(
      session,
      [
        {
          role: roleOf("debbie"),
          run: async ({ task, signal }) => {
            if (task.task_id === "next") return;
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
            aborted = true;
          },
        },
      ],
      { heartbeatMs: 30_000 },
    );
    await publish(session, task("t"));
    await saw(fleet.events, "claimed");
    const { record, running } = await cancelTask(person, "t", "ada", "not needed");
    expect(running).toBe("stopped");
    expect(aborted).toBe(true);
    expect(record).toMatchObject({ status: "cancelled", error: { reason: "cancelled" }, steered: { by: "ada" } });
    expect(record.history).toMatchObject([{ outcome: "cancelled" }]);
    expect(fleet.launcher.running).toEqual([]);
    expect(await saw(fleet.events, "stopped")).toMatchObject({ task_id: "t", why: "cancelled" });
    await publish(session, task("next"));
    await taskWhen(session, "next", "completed");
    expect(await getTask(session, "t")).toEqual(record);
  });

  test("cancelled by somebody who could not tell the agent: its next beat finds out", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using fleet = await launch(session, [
      {
        role: roleOf("debbie"),
        run: ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      },
    ]);
    await publish(session, task("t"));
    await saw(fleet.events, "claimed");
    await new TaskStore(session).apply("t", { type: "cancelled", by: "ada", reason: null });
    expect(await saw(fleet.events, "stopped")).toMatchObject({ task_id: "t", why: "cancelled" });
    await eventually(() => fleet.launcher.running.length === 0);
  });

  test("taken away and come back to the same agent: the first attempt ends, the second counts", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const working = gate();
    const epochs: number[] = [];
    const role = roleOf("debbie", { concurrency: 2 });
    const fleet = await launch(
      session,
      [
        {
          role,
          run: async ({ epoch, signal }) => {
            epochs.push(epoch);
            if (epoch > 1) return working.opened.then(() => "second");
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
            return "first";
          },
        },
      ],
      { heartbeatMs: 30_000 },
    );
    await publish(session, task("t"));
    const { owner, instance_id, epoch } = await taskWhen(session, "t", "in_progress");
    const fence = { owner: owner!, instance_id: instance_id!, epoch };
    await new TaskStore(session).apply("t", { type: "owner_lost", fence, message: "thought to be silent" });
    await eventually(() => epochs.length === 2);
    expect(await saw(fleet.events, "stopped")).toMatchObject({ task_id: "t", why: "lost" });
    expect(fleet.launcher.running).toEqual(["t"]);
    const drained = fleet.launcher.drain();
    working.open();
    await drained;
    expect(await getTask(session, "t")).toMatchObject({ status: "completed", epoch: 2, result: { summary: "second" } });
    expect(epochs).toEqual([1, 2]);
  });

  test("an agent whose id another process took stops, and goes on under another id", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using other = await openTestSession(server.url, session.workspace);
    let firstAborted = false;
    const runs: string[] = [];
    await using fleet = await launch(session, [
      {
        role: roleOf("debbie", { display_name: "Debbie" }),
        run: async ({ agent, signal }) => {
          runs.push(agent.agent_id);
          if (runs.length > 1) return "done";
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          firstAborted = true;
          return "too late";
        },
      },
    ]);
    await publish(session, task("t"));
    await eventually(() => runs.length === 1);
    using listening = Object.assign(new AbortController(), {
      [Symbol.dispose](this: AbortController) {
        this.abort();
      },
    });
    answer(other, other.names.agentControl("Debbie"), listening.signal, () =>
      Promise.resolve({ instance_id: "other", stopped: false }),
    );
    await eventually(async () => {
      const { beat, seq } = await lastBeat(other, "Debbie");
      const taken = { ...beat!, instance_id: "other", status: "idle" as const, current_task: null, current_tasks: [] };
      return (await sendBeat(other, taken, seq, 5_000)) > 0;
    });
    expect(await saw(fleet.events, "identity_lost")).toMatchObject({ agent_id: "Debbie" });
    expect(await saw(fleet.events, "stopped")).toMatchObject({ task_id: "t", why: "lost" });
    expect(firstAborted).toBe(true);
    await eventually(() => fleet.launcher.agents[0]?.id === "Debbie-2");
    const record = await taskWhen(session, "t", "completed");
    expect(record).toMatchObject({ owner: "Debbie-2", result: { summary: "done" } });
    expect(record.history[0]).toMatchObject({ agent_id: "Debbie", outcome: "lost", reason: "agent_lost" });
    expect(runs.at(-1)).toBe("Debbie-2");
    expect((await lastBeat(session, "Debbie")).beat?.instance_id).toBe("other");
    await beatWhen(session, "Debbie-2", ({ status }) => status === "idle");
  });
});

test("eight agents of two roles on two connections: each of 200 tasks is run once", async () => {
  const workspace = freshWorkspace();
  await using first = await openTestSession(server.url, workspace);
  await using second = await openTestSession(server.url, workspace);
  const runs = new Map<string, string[]>();
  const agents = ["north", "south"].flatMap((name) => {
    const role = roleOf(name, { match: { types: ["shared"] }, concurrency: 3 });
    const run = async ({ task, agent }: { task: { task_id: string }; agent: { agent_id: string } }) => {
      runs.set(task.task_id, [...(runs.get(task.task_id) ?? []), agent.agent_id]);
      await new Promise((resolve) => setImmediate(resolve));
    };
    return [
      { role, run },
      { role, run },
    ];
  });
  await using a = await launch(first, agents);
  await using b = await launch(second, agents);
  expect(new Set([...a.ids, ...b.ids]).size).toBe(8);
  const ids = Array.from({ length: 200 }, (_, n) => `t${n}`);
  await publish(first, ...ids.map((id) => task(id, "shared")));
  const records = await eventually(async () => {
    const all = await listTasks(first);
    return all.every(({ status }) => status === "completed") && all;
  });
  expect(records).toHaveLength(200);
  expect(records.every(({ attempts, epoch, history }) => attempts === 1 && epoch === 1 && history.length === 1)).toBe(
    true,
  );
  expect([...runs.keys()].sort()).toEqual([...ids].sort());
  expect([...runs.values()].filter((by) => by.length > 1)).toEqual([]);
  for (const { task_id, owner } of records) expect(runs.get(task_id)).toEqual([owner]);
});
