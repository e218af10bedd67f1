import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mayReplicate, REPLICATION_FLOOR } from "../../src/domain/replication.js";
import { connectNats } from "../../src/nats/connect.js";
import { ensureLaneConsumers } from "../../src/nats/consumers.js";
import { namesOf } from "../../src/nats/names.js";
import { openSession, type Session } from "../../src/nats/session.js";
import { startTestCluster, type TestCluster } from "../support/cluster.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer } from "../support/nats-server.js";
import { serverThat } from "../support/servers.js";
import { freshWorkspace } from "../support/session.js";
import "../support/state-dir.js";

const trusted = await serverThat((version) => mayReplicate(version, 3));
const old = await serverThat((version) => !mayReplicate(version, 3));

/** The name of tests that need a server which this machine may not have: it says why they are skipped. */
const named = (name: string, has: unknown, needs: string): string =>
  has === null ? `${name} (skipped: there is no nats-server ${needs} here)` : name;

const connect = (servers: readonly string[]) =>
  connectNats({ servers: [...servers] }, { name: "test", timeoutMs: 10_000 });

const run = () => Promise.resolve("done");

describe.skipIf(trusted === null)(named("a cluster", trusted, `${REPLICATION_FLOOR} or newer`), () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster(trusted!.path);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  test("replicas: what was made with one copy gets them, and a launcher starts and works while it does", async () => {
    const nc = await connect(cluster.urls);
    const workspace = freshWorkspace();
    const alone = await openSession(nc, workspace);
    await ensureLaneConsumers(alone.jsm, alone.names, "before");
    const notices: string[] = [];
    const session = await openSession(nc, { ...workspace, replicas: 3 }, (notice) => notices.push(notice));
    expect(notices).toHaveLength(9);
    for (const notice of notices) expect(notice).toMatch(/^stream \S+: 3 replicas now, 1 before$/);
    // Newer servers refuse consumers while a stream is being copied, and a stream may be without a leader.
    await using _fleet = await launch(session, [
      { role: roleOf("a"), run },
      { role: roleOf("b", { match: {}, watch: ["completed"] }), run },
    ]);
    await publish(session, { task_id: "t", title: "T", type: "a" });
    await taskWhen(session, "t", "completed");
    await eventually(async () => {
      for (const { config, cluster: copies } of await streamsOf(session)) {
        expect(config.num_replicas).toBe(3);
        expect(copies?.replicas).toHaveLength(2);
      }
      for await (const consumer of session.jsm.consumers.list(session.names.queue.stream)) {
        expect(consumer.cluster?.replicas, consumer.name).toHaveLength(2);
      }
      return true;
    }, 60_000);
    // Who says nothing keeps what somebody chose.
    const later = await openSession(nc, workspace, (notice) => notices.push(notice));
    for (const { config } of await streamsOf(later)) expect(config.num_replicas).toBe(3);
    expect(notices).toHaveLength(9);
    await nc.close();
  }, 120_000);

  test("a single server cannot keep three copies: a clear error", async () => {
    await using server = await startTestServer(trusted!.path);
    const nc = await connect([server.url]);
    await expect(openSession(nc, { ...freshWorkspace(), replicas: 3 })).rejects.toMatchObject({
      code: "failure",
      message: expect.stringContaining("cannot keep 3 copies") as string,
      hint: expect.stringContaining("workspace.replicas: 3 needs a JetStream cluster") as string,
    });
    await nc.close();
  });

  test(
    "a rolling kill -9 of every server costs time, never a task, and is said once",
    { timeout: 120_000 },
    async () => {
      const workspace = { ...freshWorkspace(), replicas: 3 };
      const session = await openSession(await connect(cluster.urls), workspace);
      const publisher = await openSession(await connect(cluster.urls), workspace);
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
        const lost = agents.events.filter(
          (event) => event.type === "notice" && event.message.includes("connection lost"),
        );
        const again = agents.events.filter(
          (event) => event.type === "notice" && event.message.includes("connected again"),
        );
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
    },
  );
});

describe.skipIf(old === null)(named("copies on an old server", old, `older than ${REPLICATION_FLOOR}`), () => {
  const refused = (what: RegExp) => ({
    code: "failure",
    message: expect.stringMatching(what) as string,
    why: expect.stringContaining("two agents") as string,
    hint: expect.stringMatching(/update every nats-server .* replicas: 1/) as string,
  });

  test("asked for: refused before anything is made", async () => {
    await using server = await startTestServer(old!.path);
    const nc = await connect([server.url]);
    const workspace = freshWorkspace();
    const opening = openSession(nc, { ...workspace, replicas: 3 });
    await expect(opening).rejects.toMatchObject(
      refused(/^workspace.replicas is 3: nats-server 2\.\S+ cannot be trusted/),
    );
    const session = await openSession(nc, { ...freshWorkspace(), replicas: 1 });
    expect(await streamsOf({ ...session, workspace })).toEqual([]);
    await nc.close();
  });

  test("there already: refused; with one copy asked for they are reduced to it, and work goes on", async () => {
    await using cluster = await startTestCluster(old!.path);
    const nc = await connect(cluster.urls);
    const workspace = freshWorkspace();
    const { jsm } = await openSession(nc, workspace);
    const { tasks, queue } = namesOf(workspace);
    for (const { stream } of [tasks, queue]) await jsm.streams.update(stream, { num_replicas: 3 });
    const has = new RegExp(`^stream (${tasks.stream}|${queue.stream}) has 3 copies: nats-server 2`);
    await eventually(() =>
      expect(openSession(nc, workspace))
        .rejects.toMatchObject(refused(has))
        .then(() => true),
    );
    const session = await openSession(nc, { ...workspace, replicas: 1 });
    for (const { config } of await streamsOf(session)) expect(config.num_replicas).toBe(1);
    await using _fleet = await launch(session, [{ role: roleOf("a"), run }]);
    await publish(session, { task_id: "t", title: "T", type: "a" });
    await taskWhen(session, "t", "completed", 60_000);
    await nc.close();
  }, 120_000);
});

async function streamsOf({ jsm, workspace }: Session) {
  const found = [];
  for await (const stream of jsm.streams.list()) {
    if (new RegExp(`(^|_)${workspace.id}_`).test(stream.config.name)) found.push(stream);
  }
  return found;
}

/** Whether every copy of every stream has caught up: then another server may be killed. */
async function isCurrent({ jsm }: Session): Promise<boolean> {
  for await (const { cluster: copies } of jsm.streams.list()) {
    if (!copies?.leader || copies.replicas?.some(({ current }) => !current)) return false;
  }
  return true;
}
