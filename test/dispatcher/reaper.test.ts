import { STATE_HOME } from "../support/state-dir.js";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { handlerExecutor } from "../../src/executors/handler.js";
import type { Workspace } from "../../src/nats/names.js";
import { lastBeat, sendBeat } from "../../src/nats/registry.js";
import { currentLeader } from "../../src/nats/leadership.js";
import { getTask } from "../../src/operations/tasks.js";
import { Notices } from "../../src/nats/notices.js";
import { Admission } from "../../src/worker/admission.js";
import { Agent } from "../../src/worker/agent.js";
import { Outbox } from "../../src/worker/outbox.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { type Gate, gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const LEASE_MS = 2_000;
const LONG_MS = 600_000;
const worker = roleOf("worker", { concurrency: 2 });

/** A workspace with a leader that has nothing else to do, and a session to look on with. */
async function led() {
  const workspace = freshWorkspace();
  const session = await openTestSession(server.url, workspace);
  const leader = await launch(session, []);
  await eventually(() => leader.launcher.leading);
  return {
    workspace,
    session,
    async [Symbol.asyncDispose]() {
      await leader[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}

/** An agent on a connection of its own, in the middle of a task that ends when it is let; `die` cuts it off for good. */
async function working(workspace: Workspace, taskId: string, leaseMs: number) {
  const session = await openTestSession(server.url, workspace);
  const door = gate();
  const run = ({ signal }: { signal: AbortSignal }): Promise<string> =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
      void door.opened.then(() => resolve("done"));
    });
  const fleet = await launch(session, [{ role: worker, run }], { leaseMs });
  await taskWhen(session, taskId, "in_progress");
  return {
    session,
    fleet,
    die: () => session.nc.close(),
    async [Symbol.asyncDispose]() {
      door.open();
      await fleet[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}

const done = () => Promise.resolve("done elsewhere");
const task = (task_id: string, more: object = {}) => ({ task_id, title: "x", type: "worker", ...more });

describe.concurrent("an owner that is lost", () => {
  test("by silence: another agent takes the task, the attempt counts, and the reason is told", async () => {
    await using fleet = await led();
    const { session, workspace } = fleet;
    using released = await collect(session, session.names.event("released"));
    await publish(session, task("t"));
    await using first = await working(workspace, "t", LEASE_MS);
    await first.die();
    const record = await taskWhen(session, "t", "available");
    expect(record).toMatchObject({ owner: null, attempts: 1, epoch: 1, error: { reason: "agent_lost" } });
    expect(record.error?.message).toMatch(/^worker was silent for [\d.]+s$/);
    expect(record.history).toMatchObject([{ agent_id: "worker", outcome: "lost", reason: "agent_lost" }]);
    await eventually(() => released.length === 1);
    expect(released[0]?.body).toMatchObject({ task_id: "t", agent_id: "worker", attempt: 1, reason: "agent_lost" });
    await using agents = await launch(session, [{ role: worker, run: done }]);
    expect(agents.ids).toHaveLength(1);
    expect(await taskWhen(session, "t", "completed")).toMatchObject({ attempts: 2, epoch: 2 });
  });

  test("by silence, while other tasks come and go all the time", async () => {
    await using fleet = await led();
    const { session, workspace } = fleet;
    await publish(session, task("t"));
    await using first = await working(workspace, "t", LEASE_MS);
    await first.die();
    let others = 0;
    const record = await eventually(async () => {
      await publish(session, task(`other${others++}`, { type: "nobody" }));
      const found = await getTask(session, "t");
      return found.status === "available" && found;
    });
    expect(record.error?.reason).toBe("agent_lost");
  });

  test("by a new instance of the same id: at once, however long the lease", async () => {
    await using fleet = await led();
    const { session, workspace } = fleet;
    await publish(session, task("t"));
    await using first = await working(workspace, "t", LONG_MS);
    await first.die();
    await using second = await launch(session, [{ role: worker, run: done }], { leaseMs: LONG_MS });
    expect(second.ids).toEqual(["worker"]);
    const record = await taskWhen(session, "t", "completed");
    expect(record).toMatchObject({ attempts: 2, owner: "worker", instance_id: second.launcher.instanceId });
    expect(record.history).toMatchObject([
      { outcome: "lost", reason: "agent_lost" },
      { outcome: "completed", instance_id: second.launcher.instanceId },
    ]);
  });

  test("by its goodbye: at once, however long the lease", async () => {
    await using fleet = await led();
    const { session, workspace } = fleet;
    await publish(session, task("t"));
    await using first = await working(workspace, "t", LONG_MS);
    await first.die();
    const { beat, seq } = await lastBeat(session, "worker");
    await sendBeat(session, { ...beat!, status: "offline" }, seq, 5_000);
    const record = await taskWhen(session, "t", "available");
    expect(record.error).toEqual({ reason: "agent_lost", message: "worker went offline" });
  });

  test("when its attempts are used up the task fails: a crash loop ends", async () => {
    await using fleet = await led();
    const { session, workspace } = fleet;
    using failed = await collect(session, session.names.event("failed"));
    await publish(session, task("t", { max_attempts: 2 }));
    for (let crash = 0; crash < 2; crash++) {
      await using agent = await working(workspace, "t", LONG_MS);
      await agent.die();
      const { beat, seq } = await lastBeat(session, "worker");
      await sendBeat(session, { ...beat!, status: "offline" }, seq, 5_000);
      await taskWhen(session, "t", (record) => record.status !== "in_progress");
    }
    const record = await taskWhen(session, "t", "failed");
    expect(record).toMatchObject({ attempts: 2, error: { reason: "agent_lost" } });
    expect(record.history.map(({ outcome }) => outcome)).toEqual(["lost", "lost"]);
    await eventually(() => failed.length === 1);
    expect(failed[0]?.body).toMatchObject({ task_id: "t", attempt: 2, reason: "agent_lost" });
  });

  test("while nobody led: the next leader finds out", async () => {
    const workspace = freshWorkspace();
    await using session = await openTestSession(server.url, workspace);
    await publish(session, task("t"));
    // It leads too: with it everything is gone.
    await using agent = await working(workspace, "t", LEASE_MS);
    await agent.die();
    expect((await getTask(session, "t")).status).toBe("in_progress");
    await using next = await launch(session, []);
    await eventually(() => next.launcher.leading);
    expect((await taskWhen(session, "t", "available")).error?.reason).toBe("agent_lost");
  });

  test("of whom no beat was ever stored: after the leader's own lease", async () => {
    const workspace = freshWorkspace();
    await using session = await openTestSession(server.url, workspace);
    await publish(session, task("t"));
    await using agent = await working(workspace, "t", LONG_MS);
    await agent.die();
    await session.jsm.streams.purge(session.names.work.stream, { filter: session.names.heartbeats });
    await using next = await launch(session, [], { leaseMs: LEASE_MS });
    await eventually(() => next.launcher.leading);
    expect((await taskWhen(session, "t", "available")).error?.message).toContain("worker was silent for");
  });
});

/** An agent without a candidate beside it: nobody but the leader under test leads. */
async function agentAlone(session: TestSession, door: Gate, lost: string[]): Promise<Agent> {
  const instanceId = `alone-${session.workspace.id}`;
  const outbox = await Outbox.open(join(STATE_HOME, session.workspace.id), instanceId);
  return Agent.start(session, {
    role: worker,
    executor: handlerExecutor(async ({ task }) => {
      if (task.task_id === "long") await door.opened;
    }),
    ...{ instanceId, heartbeatMs: 200, leaseMs: LEASE_MS, slots: 2, outbox, admission: new Admission(session) },
    notices: new Notices(session, () => undefined),
    emit: (event) => {
      if (event.type === "stopped" || event.type === "stale_result" || event.type === "released") lost.push(event.type);
    },
  });
}

/** A leader in a process of its own. */
async function leaderProcess({ id, prefix }: Workspace) {
  const args = [join(import.meta.dirname, "leader.mjs"), server.url, id, prefix, String(LEASE_MS)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const said: string[] = [];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => said.push(...text.trim().split("\n")));
  await eventually(() => said.includes("leading"));
  return {
    said,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    tell: (line: string) => void child.stdin!.write(`${line}\n`),
    async [Symbol.asyncDispose]() {
      const ended = child.exitCode === null && child.signalCode === null && once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

describe.concurrent("a healthy agent is not lost", () => {
  test("because its task takes longer than its lease", async () => {
    await using fleet = await led();
    const { session, workspace } = fleet;
    await publish(session, task("t"));
    await using agent = await working(workspace, "t", LEASE_MS);
    await sleep(3 * LEASE_MS);
    expect(await getTask(session, "t")).toMatchObject({ status: "in_progress", epoch: 1 });
    expect(agent.fleet.events.filter(({ type }) => type === "stopped")).toEqual([]);
  });

  test.each(["its event loop was blocked", "it was stopped"])("because of its leader: %s", async (what) => {
    const workspace = freshWorkspace();
    await using session = await openTestSession(server.url, workspace);
    await using leader = await leaderProcess(workspace);
    const door = gate();
    const lost: string[] = [];
    const agent = await agentAlone(session, door, lost);
    using released = await collect(session, session.names.event("released"));
    await publish(session, task("long"));
    await taskWhen(session, "long", "in_progress");

    if (what === "it was stopped") {
      leader.signal("SIGSTOP");
      await sleep(3 * LEASE_MS);
      leader.signal("SIGCONT");
    } else {
      leader.tell(`block ${3 * LEASE_MS}`);
      await eventually(() => leader.said.includes("unblocked"));
    }

    // It leads, and has looked at everything: and at the silence once more.
    await publish(session, task("probe", { not_before: "1ms" }));
    await taskWhen(session, "probe", "completed");
    await sleep(2 * LEASE_MS);
    expect((await currentLeader(session)).leader?.instance_id).toBe("leader");
    expect(await getTask(session, "long")).toMatchObject({ status: "in_progress", attempts: 1, epoch: 1 });
    door.open();
    expect(await taskWhen(session, "long", "completed")).toMatchObject({ attempts: 1, epoch: 1 });
    expect({ released: released.length, lost, said: leader.said.filter((line) => line.startsWith("notice")) }).toEqual({
      released: 0,
      lost: [],
      said: [],
    });
    await agent.stop();
  });

  test("because its leader was cut off for longer than the lease", async () => {
    const workspace = freshWorkspace();
    await using proxy = await startProxy(server.port);
    await using far = await openTestSession(proxy.url, workspace);
    await using session = await openTestSession(server.url, workspace);
    await using leader = await launch(far, []);
    await eventually(() => leader.launcher.leading);
    const door = gate();
    const lost: string[] = [];
    const agent = await agentAlone(session, door, lost);
    await publish(session, task("long"));
    await taskWhen(session, "long", "in_progress");
    proxy.cut({ refuse: true });
    await sleep(2 * LEASE_MS);
    proxy.accept();
    await eventually(() => far.isConnected());
    await publish(session, task("probe", { not_before: "1ms" }));
    await taskWhen(session, "probe", "completed");
    await sleep(2 * LEASE_MS);
    door.open();
    expect(await taskWhen(session, "long", "completed")).toMatchObject({ attempts: 1, epoch: 1 });
    expect(lost).toEqual([]);
    await agent.stop();
  });
});
