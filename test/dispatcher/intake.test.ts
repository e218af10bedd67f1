import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { idOfKey, idOfMessage } from "../../src/domain/identity.js";
import { reportError } from "../../src/nats/feed.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { listTasks } from "../../src/operations/tasks.js";
import { lead, type TestCandidate } from "../support/candidates.js";
import { collect, type Heard } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { publish, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

let session: TestSession;
let leader: TestCandidate;
let errors: Heard[] & Disposable;
beforeEach(async () => {
  session = await openTestSession(server.url, freshWorkspace());
  leader = await lead(session);
  errors = await collect(session, session.names.channel("errors"));
});
afterEach(async () => {
  errors[Symbol.dispose]();
  await leader[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();
});

/** Publishes as any NATS client would. @returns the stream sequence */
async function say(body: string): Promise<number> {
  return (await session.js.publish(session.names.available, body)).seq;
}

/** The next good message is still taken in: nothing that came before stopped anything. */
async function stillTakesIn(): Promise<void> {
  await say(JSON.stringify({ task_id: "good", title: "Good" }));
  await taskWhen(session, "good", "available");
}

test("bare JSON becomes a task, whose id follows from where the message stands in the stream", async () => {
  const seq = await say(JSON.stringify({ title: "Design the about page", type: "design", priority: "medium" }));
  const { created } = await session.jsm.streams.info(session.names.work.stream);
  const record = await taskWhen(session, idOfMessage(Date.parse(created), seq), "available");
  expect(record).toMatchObject({
    title: "Design the about page",
    type: "design",
    priority: "normal",
    created_by: "nats",
    source_seq: seq,
    epoch: 0,
  });
});

test("a message that would close a cycle is reported with its path, and not taken in", async () => {
  await say(JSON.stringify({ task_id: "a", title: "A", blocked_by: ["c"] }));
  await taskWhen(session, "a", "blocked");
  await say(JSON.stringify({ task_id: "b", title: "B", blocked_by: ["a"] }));
  await taskWhen(session, "b", "blocked");
  const sequence = await say(JSON.stringify({ task_id: "c", title: "C", blocked_by: ["b"] }));
  await eventually(() => errors.length === 1);
  expect(errors[0]?.body).toMatchObject({ reason: "malformed", task_id: "c", sequence });
  expect(errors[0]?.body["message"]).toContain("c → b → a → c");
  await say(JSON.stringify({ task_id: "self", title: "Self", blocked_by: ["self"] }));
  await eventually(() => errors.length === 2);
  expect((await listTasks(session)).map(({ task_id }) => task_id).sort()).toEqual(["a", "b"]);
  await stillTakesIn();
});

test("a message may bring its id, and unknown keys, nulls and a number as id are fine", async () => {
  await say(JSON.stringify({ task_id: "own-id", title: "A", created_by: "me", colour: "red", type: null }));
  await say(JSON.stringify({ task_id: 5, title: "B" }));
  expect(await taskWhen(session, "own-id", "available")).toMatchObject({ created_by: "me", type: null });
  await taskWhen(session, "5", "available");
  expect(errors).toEqual([]);
});

test("the same message delivered again is the same task", async () => {
  await say(JSON.stringify({ title: "Once" }));
  await say(JSON.stringify({ task_id: "once", title: "Once, with its id" }));
  await taskWhen(session, "once", "available");
  await leader.candidate[Symbol.asyncDispose]();
  // A leader that died before it acked: everything comes again.
  await session.jsm.consumers.delete(session.names.work.stream, session.names.intakeConsumer);
  leader = await lead(session, "next");
  await stillTakesIn();
  expect((await listTasks(session)).map(({ title }) => title).sort()).toEqual(["Good", "Once", "Once, with its id"]);
  expect(errors).toEqual([]);
});

test("the same idempotency key is the same task, whoever publishes it and how often", async () => {
  for (const title of ["First", "Again"]) await say(JSON.stringify({ title, idempotency_key: "nightly" }));
  const { title } = await taskWhen(session, idOfKey("nightly"), "available");
  await stillTakesIn();
  const [record] = await publish(session, { title: "By an operation", idempotency_key: "nightly" });
  expect(record).toMatchObject({ task_id: idOfKey("nightly"), title });
  expect(await listTasks(session)).toHaveLength(2);
  expect(errors).toEqual([]);
});

describe("what is not a task is reported with its sequence and the reason, and stops nothing", () => {
  test.each([
    ["not JSON", "Design the about page", /not JSON/],
    ["nothing", "", /not JSON/],
    ["half of it", '{"title":', /not JSON/],
    ["a list", "[]", /not a task/],
    ["a text", '"title"', /not a task/],
    ["no title", '{"type":"design"}', /not a task: title/],
    ["a blank title", '{"title":"  "}', /needs a title/],
    ["a bad id", '{"title":"A","task_id":"a b"}', /task_id/],
    ["a bad priority", '{"title":"A","priority":"asap"}', /priority/],
    ["a bad start", '{"title":"A","not_before":"soon"}', /not_before/],
    ["blocked by a text", '{"title":"A","blocked_by":"1"}', /blocked_by/],
  ])("%s", async (_, body, reason) => {
    const sequence = await say(body);
    await stillTakesIn();
    const [report] = await eventually(() => errors.length > 0 && errors);
    expect(report!.body).toMatchObject({ reason: "malformed", sequence, subject: session.names.available });
    expect(report!.body["message"]).toMatch(reason);
    expect(Date.parse(String(report!.body["timestamp"]))).not.toBeNaN();
    expect(errors).toHaveLength(1);
    expect(await listTasks(session)).toHaveLength(1);
  });

  test("an id that exists already", async () => {
    await publish(session, { task_id: "mine", title: "Mine" });
    const sequence = await say(JSON.stringify({ task_id: "mine", title: "Not mine" }));
    await stillTakesIn();
    const [report] = await eventually(() => errors.length > 0 && errors);
    expect(report!.body).toMatchObject({ reason: "duplicate_task", task_id: "mine", sequence });
    expect((await taskWhen(session, "mine", "available")).title).toBe("Mine");
  });

  test("deep nesting, which would take the stack of whoever reads it", async () => {
    const sequence = await say(`{"title":"A","payload":${"[".repeat(5_000)}${"]".repeat(5_000)}}`);
    await stillTakesIn();
    const [report] = await eventually(() => errors.length > 0 && errors);
    expect(report!.body).toMatchObject({ reason: "malformed", sequence });
  });

  test("errors that others report do not disturb it", async () => {
    await reportError(session, { reason: "agent_error", message: "x" });
    await stillTakesIn();
  });
});

test("what mjagent publishes itself is announced on the same channel and not taken in twice", async () => {
  using said = await collect(session, session.names.available);
  await publish(session, { task_id: "own", title: "Own", blocked_by: [] });
  await stillTakesIn();
  const own = said.find(({ body }) => body["task_id"] === "own");
  expect(own?.body).toMatchObject({ title: "Own", status: "available" });
  expect(own?.headers?.has("Mj-Recorded")).toBe(true);
  expect(errors).toEqual([]);
  expect(await listTasks(session)).toHaveLength(2);
});

test("blockers of a foreign task count as they stand; one that is not there yet may come", async () => {
  await publish(session, { task_id: "open", title: "Open" }, { task_id: "gone", title: "Gone" });
  await new TaskStore(session).apply("gone", { type: "cancelled", by: "me", reason: null });
  await say(JSON.stringify({ task_id: "a", title: "A", blocked_by: ["open"] }));
  await say(JSON.stringify({ task_id: "b", title: "B", blocked_by: ["gone"] }));
  await say(JSON.stringify({ task_id: "c", title: "C", blocked_by: ["later"] }));
  await taskWhen(session, "a", "blocked");
  expect((await taskWhen(session, "b", "failed")).error).toMatchObject({ reason: "dependency_failed" });
  await taskWhen(session, "c", "blocked");
  await say(JSON.stringify({ task_id: "later", title: "Later" }));
  await taskWhen(session, "later", "available");
  expect((await taskWhen(session, "c", "blocked")).blocked_by).toEqual(["later"]);
});

test("hundreds at once all become tasks", async () => {
  const count = 300;
  for (let n = 0; n < count; n++) {
    session.nc.publish(session.names.available, JSON.stringify({ task_id: `t${n}`, title: `Task ${n}` }));
  }
  await eventually(async () => (await listTasks(session)).length === count);
  expect(errors).toEqual([]);
});

test("its consumer is deleted on the server while it leads: what comes next is taken in all the same", async () => {
  await stillTakesIn();
  await session.jsm.consumers.delete(session.names.work.stream, session.names.intakeConsumer);
  await say(JSON.stringify({ task_id: "after", title: "After" }));
  await taskWhen(session, "after", "available");
});
