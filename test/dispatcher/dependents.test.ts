import "../support/state-dir.js";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dispatcher } from "../../src/dispatcher/dispatcher.js";
import { Notices } from "../../src/nats/notices.js";
import { idOfHandoff } from "../../src/domain/identity.js";
import { Liveness } from "../../src/domain/liveness.js";
import { registrationOf } from "../../src/domain/role.js";
import { queuedTokens } from "../../src/nats/queue.js";
import { registerRole } from "../../src/nats/registry.js";
import { approveTask, cancelTask, getTask, listTasks, retryTask } from "../../src/operations/tasks.js";
import { collect, type Heard } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const worker = roleOf("worker", { concurrency: 4 });

/** A workspace with a leader and an agent that completes tasks titled "do" and fails, for good, all others. */
async function working() {
  const session = await openTestSession(server.url, freshWorkspace());
  const run = ({ task }: { task: { title: string } }): Promise<string> =>
    task.title === "do" ? Promise.resolve("done") : Promise.reject(new Error("cannot"));
  const fleet = await launch(session, [{ role: worker, run }]);
  return {
    session,
    events: fleet.events,
    async [Symbol.asyncDispose]() {
      await fleet[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}

const task = (task_id: string, more: object = {}) => ({ task_id, title: "do", type: "worker", ...more });
const failing = (task_id: string, more: object = {}) => task(task_id, { title: "fail", max_attempts: 1, ...more });
const idsAmong = async (session: TestSession): Promise<string[]> =>
  (await listTasks(session)).map(({ task_id }) => task_id).sort();

describe.concurrent("blockers", () => {
  test("a task starts when the last of its blockers completes, and not before", async () => {
    await using fleet = await working();
    const { session } = fleet;
    const [, , last] = await publish(
      session,
      task("a", { require_approval: true }),
      task("b", { require_approval: true }),
      task("last", { blocked_by: ["a", "b"] }),
    );
    expect(last?.status).toBe("blocked");
    await approveTask(session, "a", "me", null);
    await taskWhen(session, "a", "completed");
    // The leader has seen that completion by the time it has let another task through.
    await publish(session, task("probe"));
    await taskWhen(session, "probe", "completed");
    expect((await getTask(session, "last")).status).toBe("blocked");
    await approveTask(session, "b", "me", null);
    const record = await taskWhen(session, "last", "completed");
    const b = await getTask(session, "b");
    expect(Date.parse(record.started_at!)).toBeGreaterThanOrEqual(Date.parse(b.finished_at!));
  });

  test("a failed blocker fails all that wait for it, down the chain, and each is announced", async () => {
    await using fleet = await working();
    const { session } = fleet;
    using failures = await collect(session, session.names.event("failed"));
    await publish(
      session,
      failing("a"),
      task("b", { blocked_by: ["a"] }),
      task("c", { blocked_by: ["b"] }),
      task("d", { blocked_by: ["c"] }),
    );
    for (const id of ["b", "c", "d"]) {
      const record = await taskWhen(session, id, "failed");
      expect(record).toMatchObject({ attempts: 0, history: [], error: { reason: "dependency_failed" } });
    }
    expect((await getTask(session, "d")).error?.message).toContain("c, which it waits for, is failed");
    await eventually(() => failures.length === 4);
    expect(failures.map(({ body }) => [body["task_id"], body["reason"]])).toEqual([
      ["a", "agent_error"],
      ["b", "dependency_failed"],
      ["c", "dependency_failed"],
      ["d", "dependency_failed"],
    ]);
  });

  test("a cancelled blocker counts as failed; on_blocker_failure: run goes ahead all the same", async () => {
    await using fleet = await working();
    const { session } = fleet;
    await publish(
      session,
      task("a", { require_approval: true }),
      task("strict", { blocked_by: ["a"] }),
      task("lenient", { blocked_by: ["a"], on_blocker_failure: "run" }),
      task("both", { blocked_by: ["a", "open"], on_blocker_failure: "run" }),
      task("open", { require_approval: true }),
    );
    await cancelTask(session, "a", "me", null);
    expect((await taskWhen(session, "strict", "failed")).error?.reason).toBe("dependency_failed");
    await taskWhen(session, "lenient", "completed");
    // A failed blocker is not waited for, an open one still is.
    expect((await getTask(session, "both")).status).toBe("blocked");
    await approveTask(session, "open", "me", null);
    await taskWhen(session, "both", "completed");
  });

  test("a retried blocker that failed those who waited does not wake them; they are retried by themselves", async () => {
    await using fleet = await working();
    const { session } = fleet;
    await publish(session, task("a", { require_approval: true }), task("b", { blocked_by: ["a"] }));
    await cancelTask(session, "a", "me", null);
    await taskWhen(session, "b", "failed");
    await retryTask(session, "a", "me", null);
    await taskWhen(session, "a", "completed");
    expect((await getTask(session, "b")).status).toBe("failed");
    await retryTask(session, "b", "me", null);
    await taskWhen(session, "b", "completed");
  });

  test("a hundred that wait for one all start; then a task is asked for approval, another waits for its time", async () => {
    await using fleet = await working();
    const { session } = fleet;
    const waiting = Array.from({ length: 100 }, (_, n) => task(`w${n}`, { blocked_by: ["a"], type: "nobody" }));
    await publish(
      session,
      task("a", { require_approval: true }),
      task("approved", { blocked_by: ["a"], require_approval: true }),
      task("later", { blocked_by: ["a"], not_before: "1h" }),
      ...waiting,
    );
    await approveTask(session, "a", "me", null);
    for (const { task_id } of waiting) await taskWhen(session, task_id, "available");
    await taskWhen(session, "approved", "awaiting_approval");
    await taskWhen(session, "later", "scheduled");
  });

  test("what completed while nobody led unblocks when somebody does", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await publish(session, task("a"), task("b", { blocked_by: ["a"] }), task("c", { blocked_by: ["b"] }));
    await cancelTask(session, "a", "me", null);
    await using next = await launch(session, []);
    await eventually(() => next.launcher.leading);
    await taskWhen(session, "b", "failed");
    await taskWhen(session, "c", "failed");
  });
});

describe.concurrent("timers", () => {
  test("a scheduled task becomes due at its time, however much else goes on", async () => {
    await using fleet = await working();
    const { session } = fleet;
    const [scheduled] = await publish(session, task("soon", { not_before: "1500ms" }));
    expect(scheduled?.status).toBe("scheduled");
    const at = Date.parse(scheduled!.not_before!);
    // Other tasks make the leader look at them meanwhile.
    for (let n = 0; n < 3; n++) {
      await publish(session, task(`other${n}`));
      await taskWhen(session, `other${n}`, "completed");
    }
    const record = await taskWhen(session, "soon", "completed", 10_000);
    expect(Date.parse(record.started_at!)).toBeGreaterThanOrEqual(at);
  });

  test("a failed attempt comes again after its backoff", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const run = ({ attempt }: { attempt: number }): Promise<string> =>
      attempt < 3 ? Promise.reject(new Error("not yet")) : Promise.resolve("done");
    await using agents = await launch(session, [{ role: worker, run }]);
    expect(agents.ids).toHaveLength(1);
    await publish(session, task("again"));
    const record = await taskWhen(session, "again", "completed");
    expect(record.history.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "completed"]);
  });

  test("what cannot be done now is tried again, at a pace", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using fleet = await launch(session, []);
    await eventually(() => fleet.launcher.leading);
    await registerRole(session, registrationOf(worker));
    const queue = (await session.jsm.streams.info(session.names.queue.stream)).config;
    await session.jsm.streams.delete(session.names.queue.stream);
    await publish(session, task("a"));
    const notices = () => fleet.events.filter(({ type }) => type === "notice");
    await eventually(() => notices().length >= 1);
    await sleep(1_500);
    // Without a pause between tries there would be hundreds.
    expect(notices().length).toBeLessThan(10);
    await session.jsm.streams.add(queue);
    await eventually(async () => (await queuedTokens(session)).size === 1);
  });
});

describe.concurrent("hand-offs", () => {
  /** Ids of the tasks that were announced as new. */
  const newTasks = (heard: readonly Heard[]): unknown[] =>
    heard
      .filter(({ subject, body }) => subject.endsWith(".available") && body["reason"] === undefined)
      .map(({ body }) => body["task_id"])
      .sort();
  const handing = roleOf("handing", { handoff: [{ title: "from the role", type: "nobody" }] });
  const run = () =>
    Promise.resolve({ summary: "done", handoff: [{ title: "one" }, { title: "two", blocked_by: ["first"] }] });
  const children = [0, 1, 2].map((index) => idOfHandoff("first", index));

  test("each is published under an id derived from its parent, which it names", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using agents = await launch(session, [{ role: handing, run }]);
    expect(agents.ids).toHaveLength(1);
    using available = await collect(session, session.names.available);
    await publish(session, { task_id: "first", title: "first", type: "handing" });
    await taskWhen(session, "first", "completed");
    const records = await Promise.all(children.map((id) => taskWhen(session, id, "available")));
    expect(records.map(({ title }) => title)).toEqual(["from the role", "one", "two"]);
    for (const record of records) expect(record).toMatchObject({ parent_id: "first", created_by: "handing" });
    await eventually(() => newTasks(available).length === 4);
    expect(newTasks(available)).toEqual(["first", ...children].sort());
  });

  test("completed while nobody led: the next leader publishes them; leaders after it publish none again", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const open = gate();
    {
      await using far = await openTestSession(server.url, session.workspace);
      await using leader = await launch(far, []);
      await eventually(() => leader.launcher.leading);
      await publish(session, { task_id: "first", title: "first", type: "handing" });
      await using agents = await launch(session, [{ role: handing, run: () => open.opened.then(run) }]);
      expect(agents.ids).toHaveLength(1);
      await taskWhen(session, "first", "in_progress");
      // The leader goes without a word, in the middle of everything.
      open.open();
      await far.nc.close();
      await taskWhen(session, "first", "completed");
      for (const id of children) await taskWhen(session, id, "available");
    }
    using available = await collect(session, session.names.available);
    const before = await listTasks(session);
    for (let n = 0; n < 2; n++) {
      await using next = await launch(session, []);
      await eventually(() => next.launcher.leading);
      await publish(session, { task_id: `probe${n}`, title: "probe", not_before: "1ms" });
      await taskWhen(session, `probe${n}`, "available");
    }
    expect((await listTasks(session)).filter(({ task_id }) => !task_id.startsWith("probe"))).toEqual(before);
    expect(newTasks(available)).toEqual(["first", ...children, "probe0", "probe1"].sort());
  });

  test("two leaders at the same time do everything once", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using other = await openTestSession(server.url, session.workspace);
    await using fleet = await launch(session, [{ role: handing, run }]);
    await eventually(() => fleet.launcher.leading);
    const done = new AbortController();
    new Dispatcher(other, new Liveness(60_000), done.signal, new Notices(other, () => undefined));
    using released = await collect(session, session.names.events);
    await publish(
      session,
      { task_id: "first", title: "first", type: "handing", not_before: "50ms" },
      { task_id: "next", title: "next", type: "nobody", blocked_by: ["first"] },
    );
    await taskWhen(session, "next", "available");
    for (const id of children) await taskWhen(session, id, "available");
    await eventually(() => released.length === 10);
    expect(await idsAmong(session)).toEqual(["first", "next", ...children].sort());
    expect(await getTask(session, "first")).toMatchObject({ attempts: 1, epoch: 1 });
    expect(released.map(({ subject }) => subject.split(".").at(-1)).sort()).toEqual([
      ...Array<string>(8).fill("available"),
      "claimed",
      "completed",
    ]);
    expect(newTasks(released)).toHaveLength(5);
    done.abort();
  });
});
