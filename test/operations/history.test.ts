import "../support/state-dir.js";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HistoryEntry } from "../../src/domain/history.js";
import type { Outcome } from "../../src/domain/outcome.js";
import { emptyResult } from "../../src/domain/task.js";
import type { Executor } from "../../src/executors/executor.js";
import { history, replayFleet, taskHistory } from "../../src/operations/history.js";
import { snapshot } from "../../src/operations/snapshot.js";
import { approveTask, cancelTask, getTask, retryTask } from "../../src/operations/tasks.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

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

const worker = roleOf("worker", { concurrency: 8 });
const task = (task_id: string, more: object = {}) => ({ task_id, title: task_id, type: "worker", ...more });
const kinds = ({ entries }: { entries: readonly HistoryEntry[] }): string[] => entries.map(({ kind }) => kind);
/** The history of a task, once it is so long. */
const historyOf = (id: string, length: number) =>
  eventually(async () => {
    const found = await taskHistory(session, id);
    if (found.entries.length < length) throw new Error(`${id}: ${kinds(found).join(" ")}`);
    return found.entries;
  });

describe("every step of a task is in the log", () => {
  test("waiting of every kind, failing, snoozing, being retried and cancelled; intake takes none for a new task", async () => {
    using errors = await collect(session, session.names.channel("errors"));
    let mended = false;
    const run = ({ task: { task_id } }: { task: { task_id: string } }): Promise<string> =>
      task_id === "bad" && !mended ? Promise.reject(new Error("broken")) : Promise.resolve("done");
    await using _fleet = await launch(session, [{ role: worker, run }]);
    await publish(
      session,
      task("first", { not_before: "100ms" }),
      task("second", { blocked_by: ["first"], require_approval: true }),
      task("bad", { max_attempts: 1 }),
      task("third", { blocked_by: ["bad"] }),
      { task_id: "nobody", title: "nobody", type: "unheard-of" },
    );
    await taskWhen(session, "second", "awaiting_approval");
    await approveTask(session, "second", "kim", "good");
    await cancelTask(session, "nobody", "kim", null);
    await taskWhen(session, "third", "failed");
    mended = true;
    await retryTask(session, "bad", "kim", null);

    const told = async (id: string, length: number): Promise<unknown[]> =>
      (await historyOf(id, length)).map(({ kind, status, text }) => [kind, status, text]);
    expect(await told("first", 4)).toEqual([
      ["published", "scheduled", expect.stringMatching(/^first \(due in \d+ms\)$/)],
      ["due", "available", "first"],
      ["claimed", "in_progress", "first"],
      ["completed", "completed", "done"],
    ]);
    expect(await told("second", 5)).toEqual([
      ["published", "blocked", "second (waits for first)"],
      ["unblocked", "awaiting_approval", "second (awaits approval)"],
      ["approved", "available", "approved by kim: good"],
      ["claimed", "in_progress", "second"],
      ["completed", "completed", "done"],
    ]);
    expect(await told("bad", 6)).toEqual([
      ["published", "available", "bad"],
      ["claimed", "in_progress", "bad"],
      ["failed", "failed", "broken (agent_error)"],
      ["retried", "available", "retried by kim"],
      ["claimed", "in_progress", "bad"],
      ["completed", "completed", "done"],
    ]);
    expect(await told("third", 2)).toEqual([
      ["published", "blocked", "third (waits for bad)"],
      ["failed", "failed", "bad, which it waits for, is failed (dependency_failed)"],
    ]);
    expect(await told("nobody", 2)).toEqual([
      ["published", "available", "nobody"],
      ["cancelled", "cancelled", "cancelled by kim"],
    ]);
    // Intake has been through all that by the time it has taken in the next foreign message.
    await session.js.publish(session.names.available, JSON.stringify(task("foreign")));
    await taskWhen(session, "foreign", "completed");
    expect(errors).toHaveLength(0);
    expect((await getTask(session, "first")).source_seq).toBeNull();
  });

  test("an attempt that fails is tried again, one that snoozes is not counted", async () => {
    const outcomes: Outcome[] = [
      { kind: "failed", reason: "exit", message: "no", result: null },
      { kind: "snooze", message: "later", delay_ms: 10 },
      { kind: "completed", result: { ...emptyResult(), summary: "done" }, handoff: [] },
    ];
    const run: Executor = { run: () => Promise.resolve(outcomes.shift()!) };
    await using _fleet = await launch(session, [{ role: worker, run }]);
    await publish(session, task("t"));
    const entries = await historyOf("t", 9);
    expect(entries.map(({ kind, attempt, text }) => [kind, attempt, text.replace(/ in \d+ms/, "")])).toEqual([
      ["published", null, "t"],
      ["claimed", 1, "t"],
      ["released", 1, "no (due)"],
      ["due", 1, "t"],
      ["claimed", 2, "t (attempt 2)"],
      ["released", 2, "later (due)"],
      ["due", 1, "t"],
      ["claimed", 2, "t (attempt 2)"],
      ["completed", 2, "done"],
    ]);
    const times = entries.map(({ time }) => time);
    expect(times).toEqual([...times].sort());
    expect(entries.every(({ seq }, index) => index === 0 || seq! > entries[index - 1]!.seq!)).toBe(true);
  });
});

describe("what is asked for", () => {
  test("everything, the newest, what came since, one task; an unknown one", async () => {
    for (const id of ["a", "b", "c"]) {
      await publish(session, task(id));
      // A time tells them apart by milliseconds.
      await sleep(2);
    }
    const { entries } = await history(session);
    expect(entries.map(({ task_id }) => task_id)).toEqual(["a", "b", "c"]);
    expect(await history(session, { limit: 2 })).toEqual({ entries: entries.slice(1), left_out: 1 });
    expect(await history(session, { limit: 9 })).toEqual({ entries, left_out: 0 });
    const since = new Date(entries[1]!.time);
    expect(await history(session, { since })).toEqual({ entries: entries.slice(1), left_out: 0 });
    expect(await history(session, { since: new Date(Date.parse(entries[2]!.time) + 1) })).toMatchObject({
      entries: [],
    });
    expect(await taskHistory(session, "b")).toEqual({ entries: [entries[1]], left_out: 0 });
    expect(await taskHistory(session, "a", { since })).toEqual({ entries: [], left_out: 0 });
    await cancelTask(session, "b", "kim", null);
    expect(kinds(await taskHistory(session, "b", { limit: 1 }))).toEqual(["cancelled"]);
    await expect(taskHistory(session, "nowhere")).rejects.toMatchObject({ code: "not_found" });
  });

  test("thousands, of which the last are held", async () => {
    const body = JSON.stringify({ type: "unheard-of", title: "T" });
    const count = 3_000;
    await Promise.all(Array.from({ length: count }, () => session.publisher.publish(session.names.available, body)));
    expect(await history(session, { limit: 5 })).toMatchObject({ entries: { length: 5 }, left_out: count - 5 });
  });

  test("what the log does not hold any more is told by the record; without a record, by the log", async () => {
    const fleet = await launch(session, [{ role: worker, run: () => Promise.resolve("done") }]);
    await publish(session, task("t"));
    const entries = await historyOf("t", 3);
    // After it: what comes before its end is taken out of the log.
    await publish(session, task("removed"));
    await historyOf("removed", 3);
    await fleet[Symbol.asyncDispose]();
    const { work, tasks } = session.names;
    await session.jsm.streams.purge(work.stream, { seq: entries[2]!.seq! });
    await session.jsm.streams.purge(tasks.stream, { filter: tasks.subject("removed") });
    const found = (await taskHistory(session, "t")).entries;
    expect(found.map(({ kind, seq, text }) => [kind, seq, text])).toEqual([
      ["published", null, "t"],
      ["claimed", null, "t"],
      ["completed", entries[2]!.seq, "done"],
    ]);
    expect((await getTask(session, "t")).created_at).toBe(found[0]?.time);
    expect(kinds(await taskHistory(session, "removed")).at(-1)).toBe("completed");
  });
});

describe("replay", () => {
  const later = async (): Promise<Date> => {
    // Past the last message's time, before the next one's.
    await sleep(5);
    const now = new Date();
    await sleep(5);
    return now;
  };

  test("of now is what status shows; of earlier, what it showed then", async () => {
    const door = gate();
    const run = async ({ task: { task_id } }: { task: { task_id: string } }): Promise<string> => {
      if (task_id.startsWith("bad")) throw new Error("broken");
      if (task_id === "long") await door.opened;
      return "done";
    };
    await using _fleet = await launch(session, [{ role: worker, id: "Debbie", run }]);
    await publish(
      session,
      ...[task("long"), task("quick"), task("bad", { max_attempts: 1 }), task("ask", { require_approval: true })],
      ...[task("after", { blocked_by: ["long"] }), task("soon", { not_before: "1h" }), task("none", { type: "none" })],
    );
    await taskWhen(session, "quick", "completed");
    await taskWhen(session, "bad", "failed");
    await taskWhen(session, "long", "in_progress");
    await eventually(async () => (await replayFleet(session, new Date())).running.length === 1);
    const before = await snapshot(session);
    const then = await later();

    door.open();
    await approveTask(session, "ask", "kim", null);
    for (const id of ["long", "after", "ask"]) await taskWhen(session, id, "completed");
    await eventually(async () => (await replayFleet(session, new Date())).tasks.completed === 4);
    const now = await replayFleet(session, new Date());
    const after = await snapshot(session);
    expect(now).toMatchObject({ tasks: after.tasks, last_hour: after.last_hour, running: [], gaps: [] });

    const past = await replayFleet(session, then);
    expect(past).toMatchObject({
      ...{ workspace: session.workspace.id, at: then.toISOString(), gaps: [] },
      ...{ tasks: before.tasks, last_hour: before.last_hour },
      running: [{ task_id: "long", agent_id: "Debbie", role: "worker", attempt: 1 }],
      failed: [{ task_id: "bad", reason: "agent_error", message: "broken" }],
      agents: [{ agent_id: "Debbie", role: "worker", lost: false, known_by: "online", current_tasks: ["long"] }],
    });
    expect(past.waiting.map(({ task_id, status, blocked_by }) => [task_id, status, blocked_by])).toEqual([
      ["ask", "awaiting_approval", []],
      ["soon", "scheduled", []],
      ["none", "available", []],
      ["after", "blocked", ["long"]],
    ]);
  });

  test("agents that come, go, crash, and are started anew", async () => {
    await using _leader = await launch(session, []);
    await eventually(() => _leader.launcher.leading);
    const moments: Date[] = [];
    const crashing = await openTestSession(server.url, session.workspace);
    const idle = () => Promise.resolve();
    const leaseMs = 3_000;
    const doomed = await launch(crashing, [{ role: worker, id: "Crashes", run: idle }], { leaseMs });
    const ending = await launch(session, [{ role: worker, id: "Ends", run: idle }]);
    moments.push(await later());
    await ending[Symbol.asyncDispose]();
    moments.push(await later());
    await crashing.nc.close();
    await eventually(async () => kinds(await history(session)).includes("agent_lost"));
    moments.push(await later());
    await using _again = await launch(session, [{ role: worker, id: "Crashes", run: idle }]);
    moments.push(await later());
    const seen = await Promise.all(moments.map((moment) => replayFleet(session, moment)));
    expect(seen.map(({ agents }) => agents.map(({ agent_id, lost }) => `${agent_id}${lost ? " lost" : ""}`))).toEqual([
      ["Crashes", "Ends"],
      ["Crashes"],
      ["Crashes lost"],
      ["Crashes"],
    ]);
    expect(seen[3]?.agents[0]).toMatchObject({ instance_id: _again.launcher.instanceId, pid: process.pid });
    await doomed[Symbol.asyncDispose]();
  });

  test("before the log begins: it says so", async () => {
    const { gaps, tasks } = await replayFleet(session, new Date(Date.now() - 3_600_000));
    expect(gaps).toMatchObject([{ kind: "before_the_log" }]);
    expect(tasks.available).toBe(0);
  });

  test("a log that is limited tells from where on it knows", async () => {
    const { work } = session.names;
    const { config } = await session.jsm.streams.info(work.stream);
    await session.jsm.streams.update(work.stream, { ...config, max_msgs: 2 });
    for (const id of ["a", "b", "c"]) await publish(session, task(id));
    const { entries } = await history(session);
    expect(entries.map(({ task_id }) => task_id)).toEqual(["b", "c"]);
    const told = await replayFleet(session, new Date());
    expect(told).toMatchObject({ gaps: [{ kind: "nothing_since" }], log_begins: entries[0]?.time });
    await cancelTask(session, "a", "kim", null);
    const then = new Date(Date.parse(entries[1]!.time));
    expect((await replayFleet(session, then)).gaps).toMatchObject([
      { kind: "nothing_since" },
      { kind: "unknown_status", task_ids: ["a"] },
    ]);
  });
});
