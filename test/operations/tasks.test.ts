import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Beat } from "../../src/domain/message.js";
import { registrationOf } from "../../src/domain/role.js";
import type { Attention, Snapshot } from "../../src/domain/snapshot.js";
import type { HandlerInput } from "../../src/executors/handler.js";
import { registerRole, sendBeat } from "../../src/nats/registry.js";
import { followSnapshots, snapshot } from "../../src/operations/snapshot.js";
import { approveTask, cancelTask, getTask, listTasks, rejectTask, retryTask } from "../../src/operations/tasks.js";
import { lead } from "../support/candidates.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

let session: TestSession;
beforeEach(async () => {
  session = await openTestSession(server.url, freshWorkspace());
});
afterEach(() => session[Symbol.asyncDispose]());

const debbie = roleOf("debbie", { display_name: "Debbie", match: { types: ["design"] } });

describe("cancel", () => {
  test.each([
    ["available", {}],
    ["blocked", { blocked_by: ["other"] }],
    ["scheduled", { not_before: "1h" }],
    ["awaiting_approval", { require_approval: true }],
  ])("a task that is %s: nothing was running", async (status, more) => {
    using cancelled = await collect(session, session.names.event("cancelled"));
    await publish(session, { task_id: "other", title: "Other" });
    const [before] = await publish(session, { task_id: "a", title: "A", ...more });
    expect(before?.status).toBe(status);
    expect(await cancelTask(session, "a", "tester", "not needed")).toMatchObject({
      running: "no",
      record: { status: "cancelled", error: { reason: "cancelled", message: "cancelled by tester: not needed" } },
    });
    await eventually(() => cancelled.length === 1);
    expect(cancelled[0]?.body).toMatchObject({ task_id: "a", agent_id: null, reason: "cancelled" });
  });

  test("a running task: its owner ends the command and confirms", async () => {
    let aborted = false;
    const run = async ({ signal }: HandlerInput): Promise<void> => {
      await once(signal, "abort");
      aborted = true;
    };
    await using _fleet = await launch(session, [{ role: debbie, run }]);
    await publish(session, { task_id: "a", title: "A", type: "design" });
    await taskWhen(session, "a", "in_progress");
    expect(await cancelTask(session, "a", "tester", null)).toMatchObject({
      running: "stopped",
      record: { status: "cancelled", owner: "Debbie" },
    });
    expect(aborted).toBe(true);
    expect((await getTask(session, "a")).history).toMatchObject([{ agent_id: "Debbie", outcome: "cancelled" }]);
  });

  test("the owner cannot be reached: the record holds all the same, and it is said", async () => {
    const other = await openTestSession(server.url, session.workspace);
    const fleet = await launch(other, [{ role: debbie, run: () => new Promise(() => undefined) }]);
    await publish(session, { task_id: "a", title: "A", type: "design" });
    await taskWhen(session, "a", "in_progress");
    await other[Symbol.asyncDispose]();
    expect(await cancelTask(session, "a", "tester", null)).toMatchObject({
      running: "unconfirmed",
      record: { status: "cancelled" },
    });
    await fleet[Symbol.asyncDispose]();
  });

  test("an ended one, or none at all", async () => {
    await publish(session, { task_id: "a", title: "A" });
    await cancelTask(session, "a", "tester", null);
    await expect(cancelTask(session, "a", "tester", null)).rejects.toMatchObject({
      code: "conflict",
      message: "cancel does not apply: task a is cancelled",
    });
    await expect(cancelTask(session, "nowhere", "tester", null)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("retry, approve, reject", () => {
  test("a failed task that is retried starts again, its attempts counted from 0", async () => {
    let works = false;
    await using _fleet = await launch(session, [
      { role: debbie, run: () => (works ? Promise.resolve("ok") : Promise.reject(new Error("broken"))) },
    ]);
    await publish(session, { task_id: "a", title: "A", type: "design", max_attempts: 2 });
    expect(await taskWhen(session, "a", "failed")).toMatchObject({
      attempts: 2,
      error: { reason: "agent_error", message: "broken" },
    });
    works = true;
    expect(await retryTask(session, "a", "tester", null)).toMatchObject({
      status: "available",
      attempts: 0,
      error: null,
    });
    const done = await taskWhen(session, "a", "completed");
    expect(done).toMatchObject({ attempts: 1, epoch: 3, error: null, result: { summary: "ok" } });
    expect(done.history.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "completed"]);
  });

  test("only what has ended badly can be retried", async () => {
    await publish(session, { task_id: "a", title: "A" });
    await expect(retryTask(session, "a", "tester", null)).rejects.toMatchObject({ code: "conflict" });
    await expect(retryTask(session, "nowhere", "tester", null)).rejects.toMatchObject({ code: "not_found" });
  });

  test("a task that asks for approval starts when a person approves, and is cancelled when one rejects it", async () => {
    using cancelled = await collect(session, session.names.event("cancelled"));
    await using _fleet = await launch(session, [{ role: debbie, run: () => Promise.resolve("ok") }]);
    await publish(
      session,
      { task_id: "yes", title: "Yes", type: "design", require_approval: true },
      { task_id: "no", title: "No", type: "design", require_approval: true },
    );
    expect((await approveTask(session, "yes", "tester", null)).status).toBe("available");
    await taskWhen(session, "yes", "completed");
    expect(await rejectTask(session, "no", "tester", "too dear")).toMatchObject({
      status: "cancelled",
      error: { reason: "rejected", message: "rejected by tester: too dear" },
    });
    await eventually(() => cancelled.length === 1);
    expect(cancelled[0]?.body).toMatchObject({ task_id: "no", reason: "rejected" });
    await expect(approveTask(session, "yes", "tester", null)).rejects.toMatchObject({ code: "conflict" });
    await expect(rejectTask(session, "yes", "tester", null)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("list and show", () => {
  test("newest first, by status, type, agent and limit", async () => {
    await using _fleet = await launch(session, [{ role: debbie, run: () => Promise.resolve("ok") }]);
    for (const [task_id, type] of [
      ["1", "design"],
      ["2", "Publishing"],
      ["3", "publishing"],
    ] as const) {
      await publish(session, { task_id, title: `Task ${task_id}`, type });
    }
    await taskWhen(session, "1", "completed");
    const ids = async (filter: Parameters<typeof listTasks>[1]): Promise<string[]> =>
      (await listTasks(session, filter)).map(({ task_id }) => task_id);
    expect(await ids({})).toEqual(["3", "2", "1"]);
    expect(await ids({ limit: 2 })).toEqual(["3", "2"]);
    expect(await ids({ status: ["completed"] })).toEqual(["1"]);
    expect(await ids({ status: ["completed", "available"] })).toHaveLength(3);
    expect(await ids({ type: "publishing" })).toEqual(["3", "2"]);
    expect(await ids({ agent: "debbie" })).toEqual(["1"]);
    expect(await ids({ agent: "nobody" })).toEqual([]);
  });

  test("a task that does not exist", async () => {
    await expect(getTask(session, "nowhere")).rejects.toMatchObject({ code: "not_found" });
  });
});

const beat = (agent_id: string, over: Partial<Beat> = {}): Beat => ({
  agent_id,
  role: "debbie",
  description: "",
  status: "idle",
  current_task: null,
  current_tasks: [],
  timestamp: new Date().toISOString(),
  instance_id: `i-${agent_id}`,
  host: "far-away",
  pid: 77,
  version: "0",
  started_at: new Date().toISOString(),
  lease_ms: 60_000,
  slots: 1,
  ...over,
});

describe("snapshot", () => {
  const attention = (seen: Snapshot, kind: Attention["kind"]): string[] =>
    seen.attention.filter((one) => one.kind === kind).map(({ id }) => id);

  test("an empty workspace", async () => {
    const seen = await snapshot(session);
    expect(seen).toMatchObject({ workspace: session.workspace.id, leader: null, agents: [], attention: [] });
    expect(Object.values(seen.tasks).every((count) => count === 0)).toBe(true);
    expect(seen.last_hour).toEqual({ completed: 0, failed: 0 });
  });

  test("counts, agents, leader, and everything that a person should look at", async () => {
    await using fleet = await launch(session, [
      {
        role: debbie,
        run: ({ task }) => (task.title === "OK" ? Promise.resolve("ok") : Promise.reject(new Error("no"))),
      },
    ]);
    await publish(
      session,
      { task_id: "ok", title: "OK", type: "design" },
      { task_id: "bad", title: "Bad", type: "design", max_attempts: 1 },
      { task_id: "after-bad", title: "After", blocked_by: ["bad"] },
      { task_id: "ask", title: "Ask", type: "design", require_approval: true },
      { task_id: "whose", title: "Whose", type: "unheard-of" },
    );
    await taskWhen(session, "ok", "completed");
    await taskWhen(session, "after-bad", "failed");
    await eventually(() => fleet.launcher.leading);
    const seen = await snapshot(session);
    expect(seen.leader?.instance_id).toBe(fleet.launcher.instanceId);
    expect(seen.tasks).toMatchObject({ completed: 1, failed: 2, awaiting_approval: 1, available: 1, in_progress: 0 });
    expect(seen.last_hour).toEqual({ completed: 1, failed: 2 });
    expect(seen.agents).toMatchObject([{ agent_id: "Debbie", role: "debbie", lost: false }]);
    expect(attention(seen, "failed")).toEqual(["bad"]);
    expect(attention(seen, "blocked_by_failed")).toEqual(["after-bad"]);
    expect(attention(seen, "awaiting_approval")).toEqual(["ask"]);
    expect(attention(seen, "unrouted")).toEqual(["whose"]);
    expect(attention(seen, "no_dispatcher")).toEqual([]);
  });

  test("an agent that is silent for longer than its lease is lost; one that said goodbye is not", async () => {
    await sendBeat(session, beat("Silent", { lease_ms: 1, status: "busy", current_task: "a" }), 0, 5_000);
    await sendBeat(session, beat("Alive"), 0, 5_000);
    await sendBeat(session, beat("Gone", { lease_ms: 1, status: "offline" }), 0, 5_000);
    const seen = await eventually(async () => {
      const now = await snapshot(session);
      return now.agents.find(({ agent_id }) => agent_id === "Silent")?.lost === true && now;
    });
    expect(seen.agents.map(({ agent_id, lost }) => [agent_id, lost])).toEqual([
      ["Alive", false],
      ["Gone", false],
      ["Silent", true],
    ]);
    expect(attention(seen, "lost_agent")).toEqual(["Silent"]);
    expect(seen.attention[0]?.text).toContain("far-away, pid 77");
    expect(Date.parse(seen.agents[2]!.last_heartbeat)).not.toBeNaN();
  });

  test("nobody leads: said while there is something to hand out", async () => {
    await registerRole(session, registrationOf(debbie));
    await publish(session, { task_id: "a", title: "A", type: "design" });
    expect(attention(await snapshot(session), "no_dispatcher")).toEqual(["dispatcher"]);
    await using _leader = await lead(session);
    expect(attention(await snapshot(session), "no_dispatcher")).toEqual([]);
  });

  test("following: told of every change, until the signal aborts", async () => {
    const done = new AbortController();
    let calls = 0;
    let latest: Snapshot | undefined;
    followSnapshots(session, done.signal, (now) => {
      calls++;
      void now().then((seen) => (latest = seen));
    });
    await eventually(() => latest?.tasks.available === 0);
    await publish(session, { task_id: "a", title: "A" });
    await eventually(() => latest?.tasks.available === 1);
    await cancelTask(session, "a", "tester", null);
    await eventually(() => latest?.tasks.cancelled === 1);
    await sendBeat(session, beat("Debbie"), 0, 5_000);
    await eventually(() => latest?.agents.length === 1);
    done.abort();
    const told = calls;
    await publish(session, { task_id: "b", title: "B" });
    expect((await snapshot(session)).tasks.available).toBe(1);
    expect(calls).toBe(told);
  });
});
