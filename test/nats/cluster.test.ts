import { afterAll, beforeAll, expect, test } from "vitest";
import { connectNats } from "../../src/nats/connect.js";
import { ensureLaneConsumers } from "../../src/nats/consumers.js";
import { openSession, type Session } from "../../src/nats/session.js";
import { startTestCluster, type TestCluster } from "../support/cluster.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const connect = (servers = [...cluster.urls]) => connectNats({ servers }, { name: "test", timeoutMs: 10_000 });

test("replicas: every stream and consumer has that many; what was made with one gets them", async () => {
  const nc = await connect();
  const workspace = freshWorkspace();
  const alone = await openSession(nc, workspace);
  await ensureLaneConsumers(alone.jsm, alone.names, "before");
  const notices: string[] = [];
  const session = await openSession(nc, { ...workspace, replicas: 3 }, (notice) => notices.push(notice));
  expect(notices).toHaveLength(8);
  for (const notice of notices) expect(notice).toMatch(/^stream \S+: 3 replicas now, 1 before$/);
  // Newer servers refuse consumers while a stream is being copied.
  await eventually(() => ensureLaneConsumers(session.jsm, session.names, "after").then(() => true), 20_000);
  await eventually(async () => {
    for await (const stream of session.jsm.streams.list()) {
      if (
        !stream.config.subjects.some((subject) => subject.includes(workspace.prefix) || subject.includes(workspace.id))
      )
        continue;
      expect(stream.config.num_replicas).toBe(3);
      expect(stream.cluster?.replicas).toHaveLength(2);
    }
    for await (const consumer of session.jsm.consumers.list(session.names.queue.stream)) {
      expect(consumer.cluster?.replicas, consumer.name).toHaveLength(2);
    }
    return true;
  }, 20_000);
  await nc.close();
});

test("a single server cannot keep three copies: a clear error", async () => {
  await using server = await startTestServer();
  const nc = await connect([server.url]);
  await expect(openSession(nc, { ...freshWorkspace(), replicas: 3 })).rejects.toMatchObject({
    code: "failure",
    message: expect.stringContaining("cannot keep 3 copies") as string,
    hint: expect.stringContaining("workspace.replicas: 3 needs a JetStream cluster") as string,
  });
  await nc.close();
});

test("a rolling kill -9 of every server costs time, never a task, and is said once", { timeout: 120_000 }, async () => {
  const workspace = { ...freshWorkspace(), replicas: 3 };
  const session = await openSession(await connect(), workspace);
  const publisher = await openSession(await connect(), workspace);
  const runs = new Map<string, number>();
  const run = ({ task }: { task: { task_id: string } }): Promise<void> => {
    runs.set(task.task_id, (runs.get(task.task_id) ?? 0) + 1);
    return Promise.resolve();
  };
  const ids: string[] = [];
  {
    await using agents = await launch(session, [{ role: roleOf("a", { concurrency: 4 }), run }]);
    const more = async (): Promise<void> => {
      const task_id = `t${ids.length}`;
      ids.push(task_id);
      await publish(publisher, { task_id, title: "T", type: "a" });
    };
    for (const server of [0, 1, 2]) {
      for (let n = 0; n < 10; n++) await more();
      await cluster.kill9(server);
      for (let n = 0; n < 10; n++) await more();
      await cluster.start(server);
      await eventually(() => isCurrent(session), 60_000);
    }
    for (const id of ids) await taskWhen(session, id, "completed", 60_000);
    const lost = agents.events.filter((event) => event.type === "notice" && event.message.includes("connection lost"));
    const again = agents.events.filter((event) => event.type === "notice" && event.message.includes("connected again"));
    expect(lost.length).toBeLessThanOrEqual(3);
    expect(again).toHaveLength(lost.length);
    // Once for each server that was killed, if the others took long to elect, and nothing for each request.
    const others = agents.events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
    const silences = others.filter((message) => !message.includes("connect"));
    expect(silences.length).toBeLessThanOrEqual(3);
    for (const message of silences) expect(message).toMatch(/^the server has not answered for \d+s \(/);
  }
  expect([...runs.values()].filter((count) => count !== 1)).toEqual([]);
  expect(runs.size).toBe(60);
  await Promise.all([session.nc.close(), publisher.nc.close()]);
});

/** Whether every copy of every stream has caught up: then another server may be killed. */
async function isCurrent({ jsm }: Session): Promise<boolean> {
  for await (const { cluster: copies } of jsm.streams.list()) {
    if (!copies?.leader || copies.replicas?.some(({ current }) => !current)) return false;
  }
  return true;
}
