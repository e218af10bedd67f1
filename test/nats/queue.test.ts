import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LANES, laneOf } from "../../src/domain/lanes.js";
import { NewTask, PRIORITIES, type Priority } from "../../src/domain/task.js";
import { announce, openEvents, pendingEvents } from "../../src/nats/feed.js";
import { queuedTokens, sendToken, type Token, TokenSource } from "../../src/nats/queue.js";
import type { Session } from "../../src/nats/session.js";
import { type StoredTask, TaskStore } from "../../src/nats/task-store.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

const ROLE = "debbie";
const never = new AbortController().signal;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function newTask(session: Session, id: string, priority: Priority = "normal"): Promise<StoredTask> {
  const task = NewTask.parse({ title: `Task ${id}`, priority });
  const outcome = await new TaskStore(session).apply(id, { type: "published", task_id: id, task, blockers: [] });
  return outcome as StoredTask;
}

async function queueTask(session: Session, id: string, priority: Priority = "normal"): Promise<StoredTask> {
  const task = await newTask(session, id, priority);
  await sendToken(session, ROLE, laneOf(priority), task);
  return task;
}

const idsOf = (tokens: readonly Token[]): string[] => tokens.map((token) => token.task_id);

/** A pull that is waiting on the server in every lane. */
async function waiting(session: Session, pulls = 1): Promise<void> {
  await eventually(async () => {
    for (const lane of LANES) {
      const { consumer } = session.names.lane(ROLE, lane);
      const info = await session.jsm.consumers.info(session.names.queue.stream, consumer);
      if (info.num_waiting < pulls) return false;
    }
    return true;
  });
}

async function unsettled(session: Session): Promise<{ pending: number; delivered: number }> {
  const sum = { pending: 0, delivered: 0 };
  for (const lane of LANES) {
    const { consumer } = session.names.lane(ROLE, lane);
    const info = await session.jsm.consumers.info(session.names.queue.stream, consumer);
    sum.pending += info.num_pending;
    sum.delivered += info.num_ack_pending;
  }
  return sum;
}

describe("lanes", () => {
  test("the best lane first, whatever was queued first", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    for (const priority of [...PRIORITIES].reverse()) await queueTask(session, priority, priority);
    const source = await TokenSource.open(session, ROLE);
    const order: string[] = [];
    while (order.length < 4) {
      for (const token of await source.pull(1, never)) {
        order.push(token.task_id);
        token.ack();
      }
    }
    expect(order).toEqual(["urgent", "high", "normal", "low"]);
  });

  test("several at once come best first, too", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    for (const priority of [...PRIORITIES].reverse()) await queueTask(session, priority, priority);
    const source = await TokenSource.open(session, ROLE);
    expect(idsOf(await source.pull(3, never))).toEqual(["urgent", "high", "normal"]);
    expect(idsOf(await source.pull(3, never))).toEqual(["low"]);
  });

  /** `count` tokens in each of the lanes. */
  const fill = async (session: Session, count: number, priorities: readonly Priority[]): Promise<void> => {
    for (const priority of priorities) {
      await Promise.all(Array.from({ length: count }, (_, n) => queueTask(session, `${priority}-${n}`, priority)));
    }
  };
  const laneNames = (tokens: readonly Token[]): string[] => tokens.map(({ task_id }) => task_id.replace(/-.*/, ""));
  const lower = (names: readonly string[]): string[] => names.filter((name) => name !== "urgent");

  test("every eighth pick is of a lower lane, each in its turn, so that none of them starves", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await fill(session, 30, PRIORITIES);
    const source = await TokenSource.open(session, ROLE);
    const order: string[] = [];
    while (order.length < 32) {
      const tokens = await source.pull(1, never);
      for (const token of tokens) token.ack();
      order.push(...laneNames(tokens));
    }
    expect([7, 15, 23, 31].map((at) => order[at])).toEqual(["low", "normal", "high", "low"]);
    expect(lower(order)).toHaveLength(4);
  });

  test("also of those that are taken at once", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await fill(session, 30, ["urgent", "low"]);
    const source = await TokenSource.open(session, ROLE);
    for (let pull = 0; pull < 3; pull++) {
      const tokens = await source.pull(8, never);
      for (const token of tokens) token.ack();
      expect(tokens).toHaveLength(8);
      expect(lower(laneNames(tokens))).toEqual(["low"]);
    }
  });

  test("when only the first of those taken at once may be claimed, a lower lane's is the first at its turn", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await fill(session, 30, PRIORITIES);
    const source = await TokenSource.open(session, ROLE);
    const claimed: string[] = [];
    while (claimed.length < 16) {
      const [first, ...rest] = await source.pull(8, never);
      for (const token of rest) token.release();
      first!.ack();
      claimed.push(...laneNames([first!]));
    }
    expect([claimed[7], claimed[15]]).toEqual(["low", "normal"]);
    expect(lower(claimed)).toHaveLength(2);
  });
});

describe("tokens", () => {
  test("from a connection that is closed for good none come: asking ends with its signal, and with no error", async () => {
    const session = await openTestSession(server.url, freshWorkspace());
    const source = await TokenSource.open(session, ROLE);
    const end = new AbortController();
    const before = source.pull(1, end.signal);
    await waiting(session);
    await session.nc.close();
    const after = source.pull(1, end.signal);
    const still = new Promise((resolve) => setTimeout(() => resolve("asking"), 300));
    expect(await Promise.race([before, after, still])).toBe("asking");
    end.abort();
    expect(await Promise.all([before, after])).toEqual([[], []]);
    await session[Symbol.asyncDispose]();
  });

  test("a token carries the record as it was, with its revision; a large one is only named", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const small = await queueTask(session, "small");
    const task = NewTask.parse({ title: "Large", description: "x".repeat(20_000) });
    const large = (await new TaskStore(session).apply("large", {
      type: "published",
      task_id: "large",
      task,
      blockers: [],
    })) as StoredTask;
    await sendToken(session, ROLE, 2, large);
    const source = await TokenSource.open(session, ROLE);
    const tokens = await source.pull(2, never);
    expect(tokens.map(({ task_id, snapshot }) => ({ task_id, snapshot }))).toEqual([
      { task_id: "small", snapshot: small },
      { task_id: "large", snapshot: undefined },
    ]);
  });

  test("sending one twice leaves one in the queue", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const task = await queueTask(session, "a");
    await sendToken(session, ROLE, 2, task);
    await sendToken(session, "alice", 2, task);
    expect([...(await queuedTokens(session))].sort()).toEqual(
      [session.names.token("alice", 2, "a"), session.names.token(ROLE, 2, "a")].sort(),
    );
    expect((await session.jsm.streams.info(session.names.queue.stream)).state.messages).toBe(2);
  });

  test("an acked token is gone, a released one comes again, at once or after its delay", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await queueTask(session, "a");
    await queueTask(session, "b", "low");
    const source = await TokenSource.open(session, ROLE);
    const [first] = await source.pull(1, never);
    first!.release();
    const [again] = await source.pull(1, never);
    expect([first!.task_id, again!.task_id]).toEqual(["a", "a"]);
    again!.release(2_000);
    expect(idsOf(await source.pull(1, never))).toEqual(["b"]);
    const [later] = await source.pull(1, never);
    expect(later!.task_id).toBe("a");
    later!.ack();
    await eventually(async () => !(await queuedTokens(session)).has(session.names.token(ROLE, 2, "a")));
  });
});

test("nothing is prefetched: who has one slot takes one, the other nine go to another agent", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using other = await openTestSession(server.url, session.workspace);
  for (let n = 1; n <= 10; n++) await queueTask(session, `t${n}`);
  const [mine, theirs] = [await TokenSource.open(session, ROLE), await TokenSource.open(other, ROLE)];
  const [one] = await mine.pull(1, never);
  expect(one?.task_id).toBe("t1");
  await eventually(async () => (await unsettled(session)).delivered === 1);
  expect(await unsettled(session)).toEqual({ pending: 9, delivered: 1 });
  expect(idsOf(await theirs.pull(20, never))).toEqual(Array.from({ length: 9 }, (_, n) => `t${n + 2}`));
});

describe("waiting", () => {
  test.each(PRIORITIES)("a pull that waits gets a token of the lane %s at once", async (priority) => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const source = await TokenSource.open(session, ROLE);
    const pull = source.pull(3, never);
    await waiting(session);
    await queueTask(session, "a", priority);
    expect(idsOf(await pull)).toEqual(["a"]);
  });

  test("two tokens that arrive at once at one waiting pull: one is taken, the other goes back", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using other = await openTestSession(server.url, session.workspace);
    const source = await TokenSource.open(session, ROLE);
    const pull = source.pull(1, never);
    await waiting(session);
    await Promise.all([queueTask(other, "a", "high"), queueTask(other, "b", "low")]);
    const first = idsOf(await pull);
    expect(first).toHaveLength(1);
    const second = idsOf(await source.pull(1, never));
    expect([...first, ...second].sort()).toEqual(["a", "b"]);
  });

  test("aborting ends a pull with nothing, and what comes afterwards goes to others at once", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const abort = new AbortController();
    const source = await TokenSource.open(session, ROLE);
    const pull = source.pull(1, abort.signal);
    await waiting(session);
    abort.abort();
    expect(await pull).toEqual([]);
    await queueTask(session, "a");
    const other = await TokenSource.open(session, ROLE);
    expect(idsOf(await other.pull(1, never))).toEqual(["a"]);
    expect(await source.pull(1, abort.signal)).toEqual([]);
  });
});

describe("what breaks", () => {
  test("a consumer that is deleted on the server under a waiting pull is made again", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const source = await TokenSource.open(session, ROLE);
    const pull = source.pull(1, never);
    await waiting(session);
    const { consumer } = session.names.lane(ROLE, 1);
    await session.jsm.consumers.delete(session.names.queue.stream, consumer);
    await queueTask(session, "a", "high");
    expect(idsOf(await pull)).toEqual(["a"]);
  });

  test("so are all of them, when none of them was waiting", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const source = await TokenSource.open(session, ROLE);
    for (const lane of LANES) {
      await session.jsm.consumers.delete(session.names.queue.stream, session.names.lane(ROLE, lane).consumer);
    }
    await queueTask(session, "a", "low");
    expect(idsOf(await source.pull(1, never))).toEqual(["a"]);
  });

  test("a connection that is cut: the waiting pull goes on after it", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using proxy = await startProxy(server.port);
    await using remote = await openTestSession(proxy.url, session.workspace);
    const source = await TokenSource.open(remote, ROLE);
    const pull = source.pull(1, never);
    await waiting(session);
    proxy.cut();
    await queueTask(session, "a");
    expect(idsOf(await pull)).toEqual(["a"]);
  });

  test("the server restarts: the waiting pull goes on, and tokens are still there", async () => {
    await using own = await startTestServer();
    await using session: TestSession = await openTestSession(own.url, freshWorkspace());
    await queueTask(session, "kept");
    const source = await TokenSource.open(session, ROLE);
    const [kept] = await source.pull(1, never);
    kept!.release(1);
    await own.restart();
    const seen = new Set<string>();
    while (!seen.has("kept")) for (const token of await source.pull(1, never)) seen.add(token.task_id);
    const pull = source.pull(1, never);
    await eventually(() => queueTask(session, "later"));
    expect(idsOf(await pull)).toEqual(["later"]);
  });
});

describe("events", () => {
  const message = (task_id: string) => ({
    task_id,
    agent_id: "Debbie",
    attempt: 1,
    epoch: 1,
    title: "T",
    type: null,
    status: "completed" as const,
    role: null,
    timestamp: "2030-01-01T00:00:00.000Z",
  });

  test("each goes to one process, comes again until it is acked, and is counted until then", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await announce(session, "completed", message("before"));
    const consumer = {
      name: "watch_x_completed",
      subject: session.names.event("completed"),
      start: "new" as const,
      ackWaitMs: 30_000,
    };
    expect(await pendingEvents(session, consumer.name)).toBe(0);
    const first = [{ max: 1, order: [0] }];
    const [one, other] = [await openEvents(session, [consumer]), await openEvents(session, [consumer])];
    await announce(session, "completed", message("a"));
    const [pulled] = await one.pull(first, never);
    expect(pulled).toMatchObject({ from: 0, tries: 1 });
    const waiting = other.pull(first, never);
    expect(await pendingEvents(session, consumer.name)).toBe(1);
    pulled!.release();
    const [again] = await waiting;
    expect(again).toMatchObject({ from: 0, tries: 2 });
    again!.ack();
    await eventually(async () => (await pendingEvents(session, consumer.name)) === 0);
  });

  test("announcing the same moment twice stores it once", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    for (let times = 0; times < 2; times++) await announce(session, "completed", message("a"));
    await announce(session, "released", message("a"));
    expect((await session.jsm.streams.info(session.names.work.stream)).state.messages).toBe(2);
  });
});
