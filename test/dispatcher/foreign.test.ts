import "../support/state-dir.js";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getTask, listTasks, rejectTask } from "../../src/operations/tasks.js";
import { publishTasks } from "../../src/operations/publish.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
/** A client that knows nothing of mjagent, nor of JetStream. */
let plain: NatsConnection;
beforeAll(async () => {
  server = await startTestServer();
  plain = await connect({ servers: [server.url] });
});
afterAll(async () => {
  await plain.close();
  await server[Symbol.asyncDispose]();
});

async function say(session: TestSession, ...bodies: unknown[]): Promise<void> {
  for (const body of bodies) {
    plain.publish(session.names.available, typeof body === "string" ? body : JSON.stringify(body));
  }
  await plain.flush();
}

describe.concurrent("what a plain NATS client publishes", () => {
  test("becomes a record, is claimed and done", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using agents = await launch(session, [{ role: roleOf("debbie"), run: () => Promise.resolve("done") }]);
    expect(agents.ids).toHaveLength(1);
    await say(session, { task_id: "own-1", title: " Design it ", type: "debbie", priority: "HIGH", made_up: 1 });
    const record = await taskWhen(session, "own-1", "completed");
    expect(record).toMatchObject({
      ...{ title: "Design it", priority: "high", created_by: "nats" },
      ...{ owner: "debbie", attempts: 1, result: { summary: "done" } },
    });
    using claims = await collect(session, session.names.event("claimed"));
    await eventually(() => claims.length === 1);
    expect(claims[0]?.body).toMatchObject({ task_id: "own-1", agent_id: "debbie" });
  });

  test("while nobody leads is taken in later, once, and once only complained about", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await say(session, { title: "early", task_id: "early" }, "rubbish");
    {
      await using next = await launch(session, []);
      await eventually(() => next.launcher.leading);
      await taskWhen(session, "early", "available");
    }
    using errors = await collect(session, session.names.channel("errors"));
    expect(errors).toHaveLength(1);
    await say(session, { title: "between", task_id: "between" });
    await using next = await launch(session, []);
    await eventually(() => next.launcher.leading);
    await taskWhen(session, "between", "available");
    expect(errors).toHaveLength(1);
  });

  test("makes nothing twice when the whole stream is read again", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    using errors = await collect(session, session.names.channel("errors"));
    {
      await using next = await launch(session, []);
      await eventually(() => next.launcher.leading);
      await say(session, { title: "a", task_id: "a" }, { title: "b" }, { title: "c", idempotency_key: "c" });
      await eventually(async () => (await listTasks(session)).length === 3);
      await publish(session, { title: "by an operation", task_id: "d" });
    }
    const before = await listTasks(session);
    await session.jsm.consumers.delete(session.names.work.stream, session.names.intakeConsumer);
    await using next = await launch(session, []);
    await eventually(() => next.launcher.leading);
    await say(session, { title: "e", task_id: "e" });
    await taskWhen(session, "e", "available");
    expect((await listTasks(session)).filter(({ task_id }) => task_id !== "e")).toEqual(before);
    expect(errors).toHaveLength(0);
  });

  test("and waits for a task that failed, fails, which is announced as any failure", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using next = await launch(session, []);
    await eventually(() => next.launcher.leading);
    using failures = await collect(session, session.names.event("failed"));
    await publish(session, { title: "no", task_id: "no", require_approval: true });
    await say(session, { title: "waits", task_id: "waits", blocked_by: ["no"] });
    await taskWhen(session, "waits", "blocked");
    await rejectTask(session, "no", "me", null);
    expect((await taskWhen(session, "waits", "failed")).error?.reason).toBe("dependency_failed");
    await eventually(() => failures.length === 1);
    await say(session, { title: "too late", task_id: "too-late", blocked_by: ["no"] });
    expect((await taskWhen(session, "too-late", "failed")).error?.reason).toBe("dependency_failed");
    await eventually(() => failures.length === 2);
    expect(failures.map(({ body }) => [body["task_id"], body["reason"]])).toEqual([
      ["waits", "dependency_failed"],
      ["too-late", "dependency_failed"],
    ]);
  });

  test("may be as large as a message: its payload is kept beside its record", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const large = { title: "large", task_id: "large", type: "debbie", payload: "" };
    large.payload = "y".repeat(plain.info!.max_payload - JSON.stringify(large).length);
    let worked: unknown;
    await using _agents = await launch(session, [
      {
        role: roleOf("debbie"),
        run: ({ task }) => {
          worked = task.payload;
          return Promise.resolve("done");
        },
      },
    ]);
    await say(session, large);
    await taskWhen(session, "large", "completed");
    expect(worked).toBe(large.payload);
  });

  test("and is too large for a record is reported, not tried for ever", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using next = await launch(session, []);
    await eventually(() => next.launcher.leading);
    using errors = await collect(session, session.names.channel("errors"));
    const huge = { title: "huge", task_id: "huge", description: "x".repeat(300_000) };
    await say(session, huge, { title: "small", task_id: "small" });
    await taskWhen(session, "small", "available");
    await eventually(() => errors.length === 1);
    expect(errors[0]?.body).toMatchObject({
      ...{ reason: "malformed", task_id: "huge", sequence: 1 },
      message: expect.stringContaining("too large") as string,
    });
    await expect(getTask(session, "huge")).rejects.toMatchObject({ code: "not_found" });
  });

  test("under an id that an operation took is reported; an operation is told of an id it took", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using next = await launch(session, []);
    await eventually(() => next.launcher.leading);
    using errors = await collect(session, session.names.channel("errors"));
    await publish(session, { title: "ours", task_id: "ours" });
    await say(session, { title: "theirs", task_id: "ours" }, { title: "theirs", task_id: "theirs" });
    await taskWhen(session, "theirs", "available");
    await eventually(() => errors.length === 1);
    expect(errors[0]?.body).toMatchObject({ reason: "duplicate_task", task_id: "ours" });
    expect((await getTask(session, "ours")).title).toBe("ours");
    await expect(publishTasks(session, [{ title: "ours", task_id: "theirs" }])).rejects.toMatchObject({
      code: "conflict",
    });
  });
});
