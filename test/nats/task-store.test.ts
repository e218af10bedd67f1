import { headers } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isRejected, type Rejected, type TaskEvent } from "../../src/domain/lifecycle.js";
import { emptyResult, NewTask, type TaskRecord } from "../../src/domain/task.js";
import { type StoredTask, TaskStore } from "../../src/nats/task-store.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { type Fence } from "../../src/domain/fence.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
let session: TestSession;
let store: TaskStore;
beforeAll(async () => {
  server = await startTestServer();
  session = await openTestSession(server.url, freshWorkspace());
  store = new TaskStore(session);
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

let tasks = 0;
const published = (task_id: string, over: Partial<NewTask> = {}): TaskEvent => ({
  type: "published",
  task_id,
  task: { ...NewTask.parse({ title: `Task ${task_id}` }), ...over },
  blockers: [],
});
const claimed = (owner: string): TaskEvent => ({
  type: "claimed",
  owner,
  instance_id: `i-${owner}`,
  max_attempts: 3,
});

function stored(outcome: StoredTask | Rejected): StoredTask {
  if (isRejected(outcome)) throw new Error(outcome.message);
  return outcome;
}
async function newTask(): Promise<StoredTask> {
  const id = `t${++tasks}`;
  return stored(await store.apply(id, published(id)));
}
const fenceOf = ({ owner, instance_id, epoch }: TaskRecord): Fence => ({
  owner: owner ?? "",
  instance_id: instance_id ?? "",
  epoch,
});

test("a record is written once and read back as it was written", async () => {
  const task = await newTask();
  expect(task.record).toMatchObject({ status: "available", epoch: 0, owner: null });
  expect(await store.get(task.record.task_id)).toEqual(task);
  expect(await store.get("never-published")).toBeNull();
  const again = await store.apply(task.record.task_id, published(task.record.task_id));
  expect(again).toMatchObject({ rejected: "exists" });
});

test("an id whose record was removed can be published again", async () => {
  const { record } = await newTask();
  await session.jsm.streams.purge(session.names.tasks.stream, { filter: session.names.tasks.subject(record.task_id) });
  expect(await store.get(record.task_id)).toBeNull();
  const marker = headers();
  marker.set("KV-Operation", "DEL");
  await session.js.publish(session.names.tasks.subject(record.task_id), "", { headers: marker });
  expect(await store.get(record.task_id)).toBeNull();
  const again = stored(await store.apply(record.task_id, published(record.task_id)));
  expect(await store.get(record.task_id)).toEqual(again);
});

test.each(["*", ">", "", "a b"])("%j is the id of no task, and changes none", async (id) => {
  const { record } = await newTask();
  expect(await store.get(id)).toBeNull();
  expect(await store.apply(id, { type: "cancelled", by: "me", reason: null })).toMatchObject({ rejected: "missing" });
  expect((await store.get(record.task_id))?.record).toEqual(record);
});

test("a key that holds something else is an error that says how to remove it", async () => {
  await session.js.publish(session.names.tasks.subject("garbage"), "not a task");
  await expect(store.get("garbage")).rejects.toMatchObject({
    code: "failure",
    message: expect.stringContaining("garbage") as string,
    hint: expect.stringContaining("nats kv del") as string,
  });
  await session.jsm.streams.purge(session.names.tasks.stream, { filter: session.names.tasks.subject("garbage") });
});

test("what the caller believes saves a read when it is right", async () => {
  const task = await newTask();
  const { record, revision } = stored(await store.apply(task.record.task_id, claimed("Debbie"), { known: task }));
  expect(record).toMatchObject({ status: "in_progress", owner: "Debbie", epoch: 1, attempts: 1 });
  expect(await store.get(record.task_id)).toEqual({ record, revision });
});

test("a write that lost against another is decided again from what the other wrote", async () => {
  const task = await newTask();
  const id = task.record.task_id;
  await store.apply(id, claimed("Debbie"));
  // Cancelling applies to a running task too: the second try takes Debbie's claim into account.
  const event = { type: "cancelled", by: "me", reason: null } as const;
  const { record } = stored(await store.apply(id, event, { known: task }));
  expect(record).toMatchObject({ status: "cancelled", owner: "Debbie", epoch: 1 });
  expect(record.history).toMatchObject([{ agent_id: "Debbie", outcome: "cancelled" }]);
});

test("a stale belief neither grants a claim nor refuses one", async () => {
  const task = await newTask();
  const id = task.record.task_id;
  await store.apply(id, claimed("Debbie"));
  expect(await store.apply(id, claimed("Alice"), { known: task })).toMatchObject({ rejected: "wrong_status" });

  const running = await store.get(id);
  const fence = fenceOf(running!.record);
  await store.apply(id, { type: "handed_back", fence, reason: "shutdown", delay_ms: 0 });
  const { record } = stored(await store.apply(id, claimed("Alice"), { known: running! }));
  expect(record).toMatchObject({ owner: "Alice", epoch: 2, attempts: 1 });
});

test("fifty agents claim one task at once: exactly one has it", async () => {
  const task = await newTask();
  await using other = await openTestSession(server.url, session.workspace);
  const stores = [store, new TaskStore(other)];
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      stores[n % 2]!.apply(task.record.task_id, claimed(`Agent-${n}`), { known: n % 3 === 0 ? undefined : task }),
    ),
  );
  const winners = outcomes.flatMap((outcome) => (isRejected(outcome) ? [] : [outcome.record.owner]));
  expect(winners).toHaveLength(1);
  expect((await store.get(task.record.task_id))?.record).toMatchObject({ owner: winners[0], epoch: 1, attempts: 1 });
});

test("fifty changes that all apply are all made, one after the other", async () => {
  const task = await newTask();
  const id = task.record.task_id;
  for (let n = 0; n < 10; n++) {
    const { record } = stored(await store.apply(id, claimed("Debbie"), { known: task }));
    const back = { type: "handed_back", fence: fenceOf(record), reason: "snooze", delay_ms: 0 } as const;
    await Promise.all([store.apply(id, back), store.apply(id, back, { known: task })]);
  }
  expect((await store.get(id))?.record).toMatchObject({ status: "available", epoch: 10, attempts: 0 });
});

describe.concurrent("an answer that gets lost", () => {
  const applied = (owner: string) => (record: TaskRecord) => record.status === "in_progress" && record.owner === owner;

  test("the connection breaks after the write: the claim stands, once, and its owner knows", async () => {
    await using proxy = await startProxy(server.port);
    await using debbie = await openTestSession(proxy.url, session.workspace);
    const task = await newTask();
    const id = task.record.task_id;
    const lost = proxy.loseAnswer(`${session.names.tasks.subject(id)} `, `"stream":"${session.names.tasks.stream}"`);
    const claim = new TaskStore(debbie).apply(id, claimed("Debbie"), { known: task, applied: applied("Debbie") });
    await lost;
    // The server has it; Debbie does not know yet, and somebody else tries.
    expect(await store.apply(id, claimed("Alice"), { known: task })).toMatchObject({ rejected: "wrong_status" });
    const { record } = stored(await claim);
    expect(record).toMatchObject({ owner: "Debbie", epoch: 1, attempts: 1 });
    expect((await store.get(id))?.record).toEqual(record);
  });

  test("somebody else was first, and the answer that said so got lost: no claim", async () => {
    await using proxy = await startProxy(server.port);
    await using debbie = await openTestSession(proxy.url, session.workspace);
    const task = await newTask();
    const id = task.record.task_id;
    await store.apply(id, claimed("Alice"));
    const lost = proxy.loseAnswer(`${session.names.tasks.subject(id)} `, `"err_code":10071`);
    const claim = new TaskStore(debbie).apply(id, claimed("Debbie"), { known: task, applied: applied("Debbie") });
    await lost;
    expect(await claim).toMatchObject({ rejected: "wrong_status" });
    expect((await store.get(id))?.record).toMatchObject({ owner: "Alice", epoch: 1 });
  });

  test("without a way to tell, the event that was applied already is refused, not applied twice", async () => {
    await using proxy = await startProxy(server.port);
    await using debbie = await openTestSession(proxy.url, session.workspace);
    const task = await newTask();
    const id = task.record.task_id;
    const { record } = stored(await store.apply(id, claimed("Debbie"), { known: task }));
    const lost = proxy.loseAnswer(`${session.names.tasks.subject(id)} `, `"stream":"${session.names.tasks.stream}"`);
    const event = { type: "completed" as const, fence: fenceOf(record), result: emptyResult(), handoff: [] };
    const completion = new TaskStore(debbie).apply(id, event);
    await lost;
    expect(await completion).toMatchObject({ rejected: "wrong_status" });
    expect((await store.get(id))?.record).toMatchObject({ status: "completed", epoch: 1 });
  });
});

describe("watching", () => {
  test("first every record as it is, then every change; removed ones are told; nothing after the abort", async () => {
    await using own = await openTestSession(server.url, freshWorkspace());
    const ownStore = new TaskStore(own);
    for (const id of ["a", "b"]) await ownStore.apply(id, published(id));
    const seen: string[] = [];
    const done = new AbortController();
    await new Promise<void>((resolve) => {
      ownStore.watch({
        signal: done.signal,
        onTask: (record) => seen.push(`${record.task_id}:${record.status}`),
        onRemoved: (id) => seen.push(`${id} removed`),
        onUnreadable: ({ message }) => seen.push(message.replace("the record of task ", "")),
        onCaughtUp: resolve,
      });
    });
    expect(seen).toEqual(["a:available", "b:available"]);
    await ownStore.apply("a", claimed("Debbie"));
    await own.js.publish(own.names.tasks.subject("junk"), "{}");
    const marker = headers();
    marker.set("KV-Operation", "PURGE");
    await own.js.publish(own.names.tasks.subject("b"), "", { headers: marker });
    await eventually(() => seen.length === 6);
    expect(seen.slice(2)).toEqual(["a:in_progress", "junk is not readable", "junk removed", "b removed"]);
    expect((await ownStore.all()).map((record) => record.task_id)).toEqual(["a"]);
    done.abort();
    await ownStore.apply("c", published("c"));
    await eventually(async () => (await ownStore.all()).length === 2);
    expect(seen).toHaveLength(6);
  });

  test("all of an empty bucket is nothing", async () => {
    await using own = await openTestSession(server.url, freshWorkspace());
    expect(await new TaskStore(own).all()).toEqual([]);
  });

  test("one record: as it is, then every change of it and of no other", async () => {
    const { record } = await newTask();
    const seen: string[] = [];
    const done = new AbortController();
    store.watchOne(record.task_id, {
      signal: done.signal,
      onTask: (task) => seen.push(`${task.task_id}:${task.status}`),
      onRemoved: (id) => seen.push(`${id} removed`),
    });
    await eventually(() => seen.length === 1);
    await newTask();
    await store.apply(record.task_id, claimed("Debbie"));
    await eventually(() => seen.length === 2);
    done.abort();
    expect(seen).toEqual([`${record.task_id}:available`, `${record.task_id}:in_progress`]);
  });
});
