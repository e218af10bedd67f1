import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineAgent, type MjError, TaskPublisher, WorkerClient, type WorkerOptions } from "../../src/index.js";
import type { TaskRecord } from "../../src/domain/task.js";
import { filesOf } from "../../src/nats/artifact-files.js";
import { lastBeat } from "../../src/nats/registry.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { drainAgents } from "../../src/operations/drain-agents.js";
import { cancelTask, getTask } from "../../src/operations/tasks.js";
import { collect } from "../support/collect.js";
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

const debbie = defineAgent({
  name: "debbie",
  display_name: "Debbie",
  match: { types: ["design"] },
  retry: { max_attempts: 2, backoff: "10ms" },
});
const design = (task_id: string, more: object = {}) => ({ task_id, title: `Task ${task_id}`, type: "design", ...more });

const workerOf = ({ workspace }: TestSession, more: Partial<WorkerOptions> = {}): WorkerClient =>
  new WorkerClient({
    ...{ agent: debbie, server: server.url, workspace: workspace.id, prefix: workspace.prefix },
    ...{ heartbeatMs: 200, leaseMs: 60_000, ...more },
  });

/** The first task that is offered. */
async function offered(worker: WorkerClient): Promise<TaskRecord> {
  for await (const task of worker.watchTasks()) {
    const claimed = await worker.claimTask(task);
    if (claimed) return claimed;
  }
  throw new Error("the worker was closed");
}

const failure = (promise: Promise<unknown>): Promise<MjError> =>
  promise.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as MjError,
  );

test("files that a handler or a loop of your own names are kept, from the folder the program runs in", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await publish(session, design("run"));
  const end = new AbortController();
  await using worker = workerOf(session);
  const run = worker.run(() => Promise.resolve({ artifacts: ["package.json", "no.txt"] }), { signal: end.signal });
  expect((await taskWhen(session, "run", "completed")).result).toMatchObject({
    artifacts: ["package.json", "no.txt"],
    artifacts_left_out: ["no.txt: there is no such file"],
  });
  end.abort();
  await run;
  await publish(session, design("loop"));
  await using looping = workerOf(session);
  await looping.completeTask(await offered(looping), { artifacts: ["README.md"] });
  const names = await Promise.all(
    ["run", "loop"].map(async (id) => (await filesOf(session, id)).map(({ name }) => name)),
  );
  expect(names).toEqual([["package.json"], ["README.md"]]);
});

describe("run", () => {
  test("works until the signal aborts; what runs finishes; then it is offline", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const working = gate();
    const end = new AbortController();
    const events: string[] = [];
    await using worker = workerOf(session, {
      id: "Deb",
      onEvent: (event) => {
        events.push(event.type);
        throw new Error("an observer's mistake");
      },
    });
    const started: string[] = [];
    const run = worker.run(
      async ({ task, log }) => {
        log("a line");
        started.push(task.task_id);
        if (started.length === 2) working.open();
        await working.opened;
        if (task.task_id === "a") throw new Error("no");
        return { summary: "done", handoff: [{ title: "Next", type: "review" }] };
      },
      { concurrency: 2, signal: end.signal },
    );
    await publish(session, design("a", { max_attempts: 1 }), design("b"));
    expect(await taskWhen(session, "a", "failed")).toMatchObject({ error: { reason: "agent_error", message: "no" } });
    expect(await taskWhen(session, "b", "completed")).toMatchObject({ owner: "Deb", result: { summary: "done" } });
    expect(await taskWhen(session, "b-h1", "available")).toMatchObject({ title: "Next", parent_id: "b" });
    end.abort();
    await run;
    expect((await lastBeat(session, "Deb")).beat?.status).toBe("offline");
    expect(events).toEqual(expect.arrayContaining(["registered", "claimed", "output", "completed", "failed"]));
  });

  test("closing the worker lets what runs finish", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const working = gate();
    const worker = workerOf(session);
    let aborted = false;
    const run = worker.run(async ({ signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      await working.opened;
      return "finished";
    });
    await publish(session, design("t"));
    await taskWhen(session, "t", "in_progress");
    const closed = worker.close();
    await publish(session, design("later"));
    working.open();
    await Promise.all([run, closed]);
    expect(await getTask(session, "t")).toMatchObject({ status: "completed", result: { summary: "finished" } });
    expect(await getTask(session, "later")).toMatchObject({ status: "available", epoch: 0 });
    expect(aborted).toBe(false);
    expect((await lastBeat(session, "Debbie")).beat?.status).toBe("offline");
  });

  test("a drained agent ends run, and a loop of one's own, when what runs has finished", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using runner = workerOf(session, { id: "Runner" });
    const run = runner.run(() => Promise.resolve("done"));
    await using own = workerOf(session, { id: "Own" });
    await own.register();
    await publish(session, design("t"));
    await taskWhen(session, "t", "completed");
    expect(await drainAgents(session, ["Runner"], "kim")).toMatchObject([{ agent_id: "Runner" }]);
    await run;
    await publish(session, design("u"), design("v"));
    const { task_id } = await offered(own);
    expect(await drainAgents(session, ["Own"], "kim")).toMatchObject([{ running: [task_id] }]);
    expect(await own.claimTask(task_id === "u" ? "v" : "u")).toBe(null);
    await own.completeTask(task_id);
    for await (const task of own.watchTasks()) throw new Error(`${task.task_id} was offered`);
    await eventually(async () => (await lastBeat(session, "Own")).beat?.status === "offline");
  });

  test("run and a loop of one's own exclude one another", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using worker = workerOf(session);
    await worker.register();
    expect(await failure(worker.run(() => Promise.resolve()))).toMatchObject({ name: "MjError", code: "usage" });
    await using twice = workerOf(session, { id: "twice" });
    const first = twice.run(() => Promise.resolve());
    expect(await failure(twice.run(() => Promise.resolve()))).toMatchObject({ code: "usage" });
    await twice.close();
    await first;
  });
});

describe("a loop of one's own", () => {
  test("register, heartbeat, watch, claim, complete", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using worker = workerOf(session);
    await using namesake = workerOf(session);
    expect(await worker.register()).toBe("Debbie");
    expect(await worker.register()).toBe("Debbie");
    expect(await namesake.register()).toBe("Debbie-2");
    const { seq } = await lastBeat(session, "Debbie");
    await Promise.all([worker.heartbeat(), worker.heartbeat(), worker.heartbeat()]);
    expect((await lastBeat(session, "Debbie")).seq).toBeGreaterThan(seq);
    await publish(
      session,
      design("low", { priority: "low" }),
      design("urgent", { priority: "urgent", payload: { a: 1 } }),
      { task_id: "other", title: "Not for her", type: "publishing" },
    );
    const order: string[] = [];
    for await (const task of worker.watchTasks()) {
      expect(task).toMatchObject({ status: "available", type: "design" });
      const claimed = await worker.claimTask(task);
      expect(claimed).toMatchObject({ status: "in_progress", owner: "Debbie", epoch: 1, attempts: 1 });
      await eventually(async () => (await lastBeat(session, "Debbie")).beat?.current_task === task.task_id);
      await worker.completeTask(task, { summary: `did ${task.task_id}`, data: { at: order.length } });
      // It resolves when the record says so.
      expect(await getTask(session, task.task_id)).toMatchObject({
        status: "completed",
        result: { summary: `did ${task.task_id}`, data: { at: order.length } },
      });
      order.push(task.task_id);
      if (order.length === 2) break;
    }
    expect(order.sort()).toEqual(["low", "urgent"]);
    expect(await getTask(session, "other")).toMatchObject({ epoch: 0 });
  });

  test("a task with blockers can be settled as soon as it is claimed", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using worker = workerOf(session);
    await worker.register();
    for (let n = 0; n < 5; n++) {
      await publish(session, design(`a${n}`));
      expect(await worker.claimTask(`a${n}`)).toMatchObject({ status: "in_progress" });
      await worker.completeTask(`a${n}`);
      await publish(session, design(`b${n}`, { blocked_by: [`a${n}`], parent_id: `a${n}` }));
      const claimed = await worker.claimTask(`b${n}`);
      expect(worker.taskSignal(claimed!)?.aborted).toBe(false);
      await worker.completeTask(claimed!, "at once");
    }
    expect(await getTask(session, "b4")).toMatchObject({ status: "completed", result: { summary: "at once" } });
  });

  test("a failed task is offered again, until its attempts are used up or it cannot help", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using worker = workerOf(session);
    await publish(session, design("t"));
    const first = await offered(worker);
    await worker.failTask(first, "no network");
    expect(await getTask(session, "t")).toMatchObject({ error: { reason: "agent_error", message: "no network" } });
    const second = await offered(worker);
    expect(second).toMatchObject({ task_id: "t", attempts: 2, epoch: 2 });
    await worker.failTask("t", "still none", "rate_limited");
    expect(await getTask(session, "t")).toMatchObject({ status: "failed", error: { reason: "rate_limited" } });
    await publish(session, design("u"));
    await worker.failTask(await offered(worker), "who am I", "auth");
    expect(await getTask(session, "u")).toMatchObject({ status: "failed", attempts: 1, error: { reason: "auth" } });
  });

  test("a task that was declined goes to another agent", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using picky = workerOf(session);
    await publish(session, design("t"));
    for await (const task of picky.watchTasks()) {
      expect(task.task_id).toBe("t");
      break;
    }
    await using _fleet = await launch(session, [
      { role: roleOf("debbie", { match: { types: ["design"] } }), run: () => Promise.resolve("taken") },
    ]);
    expect(await taskWhen(session, "t", "completed")).toMatchObject({ owner: "debbie" });
  });

  test("claiming what is not available, settling what is not ours", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using worker = workerOf(session);
    await using rival = workerOf(session);
    await publish(session, design("t"));
    const claims = await Promise.all([worker.claimTask("t"), rival.claimTask("t"), worker.claimTask("t")]);
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    const [winner, loser] = claims[1] ? [rival, worker] : [worker, rival];
    expect(await winner.claimTask("t")).toBeNull();
    expect(await worker.claimTask("nowhere")).toBeNull();
    expect(loser.taskSignal("t")).toBeUndefined();
    const refused = await failure(loser.completeTask("t", "mine"));
    expect(refused).toMatchObject({ name: "MjError", code: "conflict" });
    expect(await failure(loser.failTask("nowhere", "x"))).toMatchObject({ code: "conflict" });
    await winner.completeTask("t", "won");
    expect(await failure(winner.completeTask("t", "again"))).toMatchObject({ code: "conflict" });
    expect(await getTask(session, "t")).toMatchObject({ epoch: 1, result: { summary: "won" } });
  });

  test("cancelled while being worked on: the signal says so, completing does not count", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using worker = workerOf(session);
    await publish(session, design("t"));
    const task = await offered(worker);
    const signal = worker.taskSignal(task);
    expect(signal?.aborted).toBe(false);
    expect((await cancelTask(session, "t", "ada", null)).running).toBe("stopped");
    expect(signal?.aborted).toBe(true);
    expect(await failure(worker.completeTask(task, "too late"))).toMatchObject({ code: "conflict" });
    expect(await getTask(session, "t")).toMatchObject({ status: "cancelled", result: null });
  });

  test("cancelled unnoticed: completing it says that it did not count", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using worker = workerOf(session, { heartbeatMs: 30_000 });
    await publish(session, design("t"));
    const task = await offered(worker);
    // Past the beat that follows a claim.
    await eventually(async () => (await lastBeat(session, "Debbie")).beat?.current_task === "t");
    await new TaskStore(session).apply("t", { type: "cancelled", by: "ada", reason: null });
    expect(await failure(worker.completeTask(task, "too late"))).toMatchObject({ code: "conflict" });
    expect(await getTask(session, "t")).toMatchObject({ status: "cancelled", result: null });
  });

  test("coordinate and reportError", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    using said = await collect(session, session.names.channel("coordination"));
    using errors = await collect(session, session.names.channel("errors"));
    await using worker = workerOf(session);
    await worker.coordinate({ holding: ["about.html"] });
    await worker.reportError("the theme is broken", { task_id: "t" });
    expect((await eventually(() => said.find(({ body }) => !("type" in body)))).body).toEqual({
      ...{ agent_id: "Debbie", message: { holding: ["about.html"] } },
      timestamp: expect.any(String) as string,
    });
    expect((await eventually(() => errors[0])).body).toMatchObject({
      ...{ reason: "agent_error", agent_id: "Debbie", task_id: "t", message: "the theme is broken" },
    });
  });

  test("leaving the block closes everything: claimed tasks go back, the loop ends, the agent is offline", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const seen: string[] = [];
    let loop: Promise<void>;
    let kept: WorkerClient;
    {
      await using worker = workerOf(session);
      kept = worker;
      await publish(session, design("t"));
      loop = (async () => {
        for await (const task of worker.watchTasks()) {
          await worker.claimTask(task);
          seen.push(task.task_id);
        }
      })();
      await eventually(() => seen.length === 1);
    }
    await loop;
    expect(await getTask(session, "t")).toMatchObject({ status: "available", attempts: 0, owner: null });
    expect((await lastBeat(session, "Debbie")).beat?.status).toBe("offline");
    await kept.close();
    await expect(kept.register()).rejects.toThrow("this worker is closed");
    await expect(kept.claimTask("t")).rejects.toThrow("this worker is closed");
  });
});

describe("defineAgent", () => {
  test("fills in what is not said", () => {
    expect(defineAgent({ name: "a" })).toEqual({
      ...{ name: "a", description: "", concurrency: 1, watch: [], handoff: [] },
      match: { types: [], phases: [], keywords: [], tags: [], files: [] },
      retry: { max_attempts: 3, backoff_ms: 30_000, max_backoff_ms: 600_000 },
    });
  });

  test.each<[string, object, RegExp]>([
    ["no name", {}, /name/],
    ["a name that no subject can hold", { name: "Debbie Smith" }, /a role name is 1 to 64 of a-z/],
    ["an unknown key", { name: "a", matches: {} }, /matches/],
    ["an unknown key inside", { name: "a", match: { type: ["x"] } }, /type/],
    ["a wrong type", { name: "a", concurrency: "two" }, /concurrency/],
    ["nonsense", { name: "a", retry: { backoff: "soon" } }, /backoff/],
    ["an event that is none", { name: "a", watch: ["finished"] }, /watch/],
  ])("%s", (_, definition, why) => {
    let error: unknown;
    try {
      defineAgent(definition as Parameters<typeof defineAgent>[0]);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: "MjError", code: "usage", message: "this is not an agent definition" });
    expect((error as MjError).why).toMatch(why);
  });
});

test("one program can publish and work", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const options = { server: [server.url], workspace: session.workspace.id, prefix: session.workspace.prefix };
  await using publisher = new TaskPublisher(options);
  await using worker = new WorkerClient({ agent: debbie, ...options });
  const done = new AbortController();
  const run = worker.run(({ task }) => Promise.resolve(task.title), { signal: done.signal });
  const { task_id } = await publisher.publishTask({ title: "Hello", type: "design" });
  expect(await taskWhen(session, task_id, "completed")).toMatchObject({ result: { summary: "Hello" } });
  done.abort();
  await run;
});
