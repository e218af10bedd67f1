import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../src/domain/outcome.js";
import { emptyResult, type TaskRecord } from "../../src/domain/task.js";
import type { AttemptInput, Executor } from "../../src/executors/executor.js";
import type { WorkerEvent } from "../../src/worker/events.js";
import { collect, type Heard } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Ends attempt after attempt as listed; the last one again and again. */
function scripted(...outcomes: Outcome[]): Executor & { inputs: AttemptInput[] } {
  const inputs: AttemptInput[] = [];
  return {
    inputs,
    run: (input) => {
      const outcome = outcomes[Math.min(inputs.length, outcomes.length - 1)]!;
      inputs.push(input);
      return Promise.resolve(outcome);
    },
  };
}

const done: Outcome = { kind: "completed", result: { ...emptyResult(), summary: "done" }, handoff: [] };
const failing = (message: string): Outcome => ({ kind: "failed", reason: "exit", message, result: null });
const snooze: Outcome = { kind: "snooze", message: "not now", delay_ms: 20 };

const told = <T extends WorkerEvent["type"]>(events: WorkerEvent[], type: T) =>
  events.filter((event): event is Extract<WorkerEvent, { type: T }> => event.type === type);

const named = (heard: Heard[], name: string): Record<string, unknown>[] =>
  heard.filter(({ subject }) => subject.endsWith(`.tasks.${name}`)).map(({ body }) => body);

describe("how an attempt ends", () => {
  test("completed: result, history, and what the handler was told", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const inputs: AttemptInput[] = [];
    await using fleet = await launch(session, [
      {
        role: roleOf("debbie", { display_name: "Debbie", description: "Web design" }),
        run: (input) => {
          inputs.push(input);
          return Promise.resolve({ summary: `did ${input.task.title}`, data: { pages: [1] }, artifacts: ["a.html"] });
        },
      },
    ]);
    await publish(session, { task_id: "first", title: "Research", type: "debbie" });
    await publish(session, {
      ...{ task_id: "second", title: "Design", type: "debbie", payload: { a: 1 } },
      ...{ blocked_by: ["first"], parent_id: "first" },
    });
    const record = await taskWhen(session, "second", "completed");
    expect(record).toMatchObject({ owner: "Debbie", epoch: 1, attempts: 1, max_attempts: 3, error: null });
    expect(record.instance_id).toBe(fleet.launcher.instanceId);
    expect(record.result).toEqual({
      ...emptyResult(),
      summary: "did Design",
      data: { pages: [1] },
      artifacts: ["a.html"],
      duration_ms: expect.any(Number) as number,
    });
    expect(record.history).toEqual([
      {
        attempt: 1,
        agent_id: "Debbie",
        instance_id: fleet.launcher.instanceId,
        epoch: 1,
        started_at: record.started_at,
        ended_at: record.finished_at,
        outcome: "completed",
        reason: null,
      },
    ]);
    const related = { task_id: "first", title: "Research", result: { summary: "did Research" } };
    expect(inputs[1]).toMatchObject({
      task: { task_id: "second", status: "in_progress", payload: { a: 1 } },
      agent: { agent_id: "Debbie", role: "debbie", description: "Web design" },
      attempt: 1,
      epoch: 1,
      blockers: [related],
      parent: related,
    });
  });

  test("failed, waited out, tried again, completed", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using fleet = await launch(session, [{ role: roleOf("debbie"), run: scripted(failing("flaky"), done) }]);
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    const record = await taskWhen(session, "t", "completed");
    expect(record).toMatchObject({ attempts: 2, epoch: 2, error: null, not_before: null });
    expect(record.history).toMatchObject([
      { attempt: 1, epoch: 1, outcome: "failed", reason: "exit" },
      { attempt: 2, epoch: 2, outcome: "completed", reason: null },
    ]);
    const [released] = told(fleet.events, "released");
    expect(released).toMatchObject({ agent_id: "debbie", reason: "flaky" });
    expect(released?.task).toMatchObject({ status: "scheduled", owner: null, error: { reason: "exit" } });
    const waits = Date.parse(released?.task.not_before ?? "") - Date.parse(released?.task.updated_at ?? "");
    expect(waits).toBeGreaterThanOrEqual(10);
    expect(waits).toBeLessThanOrEqual(20);
    expect(Date.parse(record.history[1]!.started_at)).toBeGreaterThanOrEqual(
      Date.parse(released?.task.not_before ?? ""),
    );
  });

  test("a permanent failure is not tried again", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const run = scripted({ kind: "failed", reason: "auth", message: "not logged in", result: null });
    await using fleet = await launch(session, [{ role: roleOf("debbie"), run }]);
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    const record = await taskWhen(session, "t", "failed");
    expect(record).toMatchObject({ attempts: 1, error: { reason: "auth", message: "not logged in" } });
    expect(run.inputs).toHaveLength(1);
    expect(told(fleet.events, "failed")).toMatchObject([{ agent_id: "debbie", reason: "auth" }]);
  });

  test("snoozing is not counted", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const run = scripted(snooze, snooze, snooze, done);
    await using fleet = await launch(session, [{ role: roleOf("debbie"), run }]);
    await publish(session, { task_id: "t", title: "T", type: "debbie", max_attempts: 1 });
    const record = await taskWhen(session, "t", "completed");
    expect(record).toMatchObject({ attempts: 1, epoch: 4 });
    expect(record.history.map(({ attempt, outcome, reason }) => [attempt, outcome, reason])).toEqual([
      [1, "handed_back", "snooze"],
      [1, "handed_back", "snooze"],
      [1, "handed_back", "snooze"],
      [1, "completed", null],
    ]);
    expect(run.inputs.map(({ attempt, epoch }) => [attempt, epoch])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
    ]);
    expect(told(fleet.events, "released")).toHaveLength(3);
  });

  test("a snooze after a failure says that it was a snooze, and why", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using heard = await collectOf(session);
    await using fleet = await launch(session, [
      { role: roleOf("debbie"), run: scripted(failing("flaky"), snooze, done) },
    ]);
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    await taskWhen(session, "t", "completed");
    await eventually(() => named(heard.messages, "completed").length === 1);
    expect(named(heard.messages, "released")).toMatchObject([
      { reason: "exit", message: "flaky" },
      { reason: "snooze", message: "not now" },
    ]);
    expect(told(fleet.events, "released").map(({ reason }) => reason)).toEqual(["flaky", "not now"]);
  });

  test.each([
    ["the role's, when the task has none", 2, undefined, 2],
    ["the task's own, when it is larger", 1, 3, 3],
    ["the task's own, when it is smaller", 5, 2, 2],
  ])("attempts used up: %s", async (_, ofRole, ofTask, expected) => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const run = scripted(failing("no"));
    const retry = { max_attempts: ofRole, backoff: "1ms", max_backoff: "2ms" };
    await using _fleet = await launch(session, [{ role: roleOf("debbie", { retry }), run }]);
    await publish(session, {
      ...{ task_id: "t", title: "T", type: "debbie" },
      ...(ofTask !== undefined && { max_attempts: ofTask }),
    });
    const record = await taskWhen(session, "t", "failed");
    expect(record).toMatchObject({ attempts: expected, max_attempts: expected, error: { reason: "exit" } });
    expect(record.history.map(({ outcome }) => outcome)).toEqual(Array(expected).fill("failed"));
    expect(run.inputs).toHaveLength(expected);
  });

  test("a task's time limit ends its handler", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    let aborted = false;
    await using _fleet = await launch(session, [
      {
        role: roleOf("debbie"),
        run: async ({ signal }) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          aborted = true;
        },
      },
    ]);
    await publish(session, { task_id: "t", title: "T", type: "debbie", timeout: 30, max_attempts: 1 });
    expect(await taskWhen(session, "t", "failed")).toMatchObject({ error: { reason: "timeout" } });
    expect(aborted).toBe(true);
  });

  test("a result that the server will not store is a failure that says so", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using _fleet = await launch(session, [
      { role: roleOf("debbie"), run: () => Promise.resolve({ data: "x".repeat(400_000) }) },
    ]);
    await session.jsm.streams.update(session.names.artifacts.stream, { max_msg_size: 1_000 });
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    const record = await taskWhen(session, "t", "failed");
    expect(record).toMatchObject({ attempts: 1, result: null, error: { reason: "invalid_output" } });
    expect(record.error?.message).toMatch(/could not be stored/);
  });
});

describe("what others see", () => {
  test("logs: line by line, numbered within each attempt", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    let attempts = 0;
    const run: Executor = {
      run: (_, { log }) => {
        attempts++;
        log("stdout", `attempt ${attempts}`);
        log("stderr", "a warning");
        log("stdout", "");
        return Promise.resolve(attempts === 1 ? failing("no") : done);
      },
    };
    await using fleet = await launch(session, [{ role: roleOf("debbie"), run }]);
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    await taskWhen(session, "t", "completed");
    // The last lines are stored before the attempt ends.
    using heard = await collect(session, session.names.log("t"), session.names.logs.stream);
    expect(heard.map(({ subject }) => subject)).toEqual(heard.map(() => session.names.log("t")));
    const lines = heard.flatMap(({ body }) =>
      (body["lines"] as { seq: number; stream: string; text: string; time: string }[]).map((line) => ({
        ...line,
        ...{ attempt: body["attempt"], epoch: body["epoch"], agent_id: body["agent_id"] },
      })),
    );
    const line = (attempt: number, seq: number, stream: string, text: string) => ({
      ...{ attempt, epoch: attempt, agent_id: "debbie", seq, stream, text },
      time: expect.stringMatching(ISO) as string,
    });
    expect(lines).toEqual([
      line(1, 1, "stdout", "attempt 1"),
      line(1, 2, "stderr", "a warning"),
      line(1, 3, "stdout", ""),
      line(2, 1, "stdout", "attempt 2"),
      line(2, 2, "stderr", "a warning"),
      line(2, 3, "stdout", ""),
    ]);
    expect(heard.every(({ body }) => body["dropped"] === 0)).toBe(true);
    expect(told(fleet.events, "output").map(({ line: text }) => text)).toEqual([
      ...["attempt 1", "a warning", ""],
      ...["attempt 2", "a warning", ""],
    ]);
  });

  test("lines that the log has no room for are part of the result, also when the attempt fails", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const run: Executor = {
      run: ({ attempt }, { log }) => {
        for (let n = 0; n < 200; n++) log("stdout", "x".repeat(60_000));
        const result = { ...emptyResult(), dropped_lines: 5 };
        return Promise.resolve(
          attempt === 1 ? { kind: "failed", reason: "exit", message: "m", result } : { ...done, result },
        );
      },
    };
    await using _ = await launch(session, [{ role: roleOf("debbie"), run }]);
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    const { result } = await taskWhen(session, "t", "completed");
    using heard = await collect(session, session.names.log("t"), session.names.logs.stream);
    const batches = heard.filter(({ body }) => body["attempt"] === 2);
    const kept = batches.reduce((count, { body }) => count + (body["lines"] as object[]).length, 0);
    expect(kept).toBeLessThan(200);
    expect(result?.dropped_lines).toBe(5 + 200 - kept);
  });

  test("events carry what the contract says", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using heard = await collectOf(session);
    const run: Executor = {
      run: ({ task, attempt }) =>
        Promise.resolve(task.task_id === "bad" ? failing("broken") : attempt === 1 ? failing("flaky") : done),
    };
    await using _fleet = await launch(session, [{ role: roleOf("debbie"), run }]);
    await publish(
      session,
      { task_id: "good", title: "Good", type: "debbie" },
      { task_id: "bad", title: "Bad", type: "debbie", max_attempts: 1 },
    );
    const good = await taskWhen(session, "good", "completed");
    await taskWhen(session, "bad", "failed");
    await eventually(() => heard.messages.length >= 9);
    const of = (name: string, id: string) => named(heard.messages, name).filter((body) => body["task_id"] === id);
    const event = (task: Pick<TaskRecord, "task_id" | "title">, attempt: number, more: object = {}) => ({
      ...{ task_id: task.task_id, title: task.title, type: "debbie", agent_id: "debbie", attempt, epoch: attempt },
      role: "debbie",
      timestamp: expect.stringMatching(ISO) as string,
      ...more,
    });
    const running = { status: "in_progress" };
    const bad = { task_id: "bad", title: "Bad" };
    expect(of("claimed", "good")).toEqual([event(good, 1, running), event(good, 2, running)]);
    expect(of("released", "good")).toEqual([
      event(good, 1, {
        ...{ status: "scheduled", not_before: expect.stringMatching(ISO) as string },
        ...{ reason: "exit", message: "flaky" },
      }),
    ]);
    expect(of("completed", "good")).toEqual([event(good, 2, { status: "completed", result: good.result })]);
    expect(of("claimed", "bad")).toEqual([event(bad, 1, running)]);
    expect(of("failed", "bad")).toEqual([event(bad, 1, { status: "failed", reason: "exit", message: "broken" })]);
  });
});

/** All task events; for `await using`. */
async function collectOf(session: Parameters<typeof collect>[0]): Promise<{ messages: Heard[] } & AsyncDisposable> {
  const messages = await collect(session, session.names.events);
  return {
    messages,
    [Symbol.asyncDispose]: () => {
      messages[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
