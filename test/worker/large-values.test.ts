import "../support/state-dir.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idOfHandoff } from "../../src/domain/identity.js";
import type { NewTaskInput, TaskRecord } from "../../src/domain/task.js";
import type { AttemptInput } from "../../src/executors/executor.js";
import { readObject } from "../../src/nats/objects.js";
import { removeArtifacts } from "../../src/nats/artifacts.js";
import type { Session } from "../../src/nats/session.js";
import { previewTasks, publishTasks } from "../../src/operations/publish.js";
import { getRecord, getTask, listTasks } from "../../src/operations/tasks.js";
import { waitForTasks } from "../../src/operations/wait.js";
import { NewTask } from "../../src/domain/task.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startProxy } from "../support/proxy.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";

const MIB = 1024 * 1024;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A value of about that many bytes of JSON, with a word at its beginning and one at its end. */
const valueOf = (bytes: number, first = "first", last = "last") => ({
  first,
  text: 'ä\0\n"x'.repeat(bytes / 13),
  last,
});

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const objects = async (session: Session): Promise<number> => {
  const { name, stream } = session.names.artifacts;
  const info = await session.jsm.streams.info(stream, { subjects_filter: `$O.${name}.M.>` });
  return Object.keys(info.state.subjects ?? {}).length;
};

/** What an agent of that name was given for each task it ran. */
async function worker(session: Session, name: string, answer: (input: AttemptInput) => unknown = () => "done") {
  const inputs: AttemptInput[] = [];
  const fleet = await launch(session, [
    {
      role: roleOf(name),
      run: (input) => {
        inputs.push(input);
        return Promise.resolve(answer(input) as string);
      },
    },
  ]);
  return Object.assign(fleet, { inputs });
}

describe("a payload", () => {
  test.each([
    ["256 KiB are in the record", 256 * 1024 - 100, false],
    ["more are beside it", 256 * 1024 + 100, true],
    ["1 MiB", MIB, true],
    ["the most there is", 8 * MIB - 500, true],
  ])("is whole for whoever reads it: %s", async (_, bytes, beside) => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using fleet = await worker(session, "debbie");
    const payload = valueOf(bytes);
    if (!beside) payload.text = "x".repeat(bytes - 100);
    using said = await collect(session, session.names.available);
    const [published] = await publish(session, { task_id: "t", title: "T", type: "debbie", payload });
    expect(published?.payload).toEqual(payload);
    const { records } = await waitForTasks(session, ["t"], null, AbortSignal.timeout(20_000));
    expect(records[0]).toMatchObject({ status: "completed", payload });
    expect(fleet.inputs[0]?.task.payload).toEqual(payload);
    expect((await getTask(session, "t")).payload).toEqual(payload);
    const [listed] = await listTasks(session);
    const name = expect.stringMatching(/^payload\/t\./) as string;
    expect(listed).toMatchObject(beside ? { payload: null, payload_object: name } : { payload, payload_object: null });
    expect(bytesOf(listed)).toBeLessThan(300 * 1024);
    await eventually(() => said.length === 1);
    expect(said[0]?.body["payload_object"]).toEqual(listed?.payload_object);
    expect(await objects(session)).toBe(beside ? 1 : 0);
  });

  test("routes by its first 64 KiB, wherever it is looked at", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const [early, late] = [
      roleOf("early", { match: { keywords: ["PAGE_SPEC"] } }),
      roleOf("late", { match: { keywords: ["TOO_LATE"] } }),
    ];
    const done = () => Promise.resolve("done");
    await using _fleet = await launch(session, [
      { role: early, run: done },
      { role: late, run: done },
    ]);
    const payload = valueOf(MIB, "a PAGE_SPEC", "TOO_LATE");
    await publish(session, { task_id: "t", title: "T", payload });
    expect((await taskWhen(session, "t", "completed")).role).toBe("early");
    await publish(session, { task_id: "u", title: "U", payload: valueOf(MIB, "", "TOO_LATE") });
    expect((await getTask(session, "u")).status).toBe("available");
    const preview = await previewTasks(session, [NewTask.parse({ title: "T", payload })]);
    expect(preview[0]?.record).toMatchObject({ payload, payload_object: null });
    expect(preview[0]?.record.payload_excerpt).toBe((await getTask(session, "t")).payload_excerpt);
  });

  test("of many publishers of one id, one is kept, and nothing of the others'", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) =>
        publish(session, { task_id: "one", title: `By ${n}`, payload: valueOf(MIB, `by ${n}`) }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const record = await getTask(session, "one");
    expect(record.payload).toMatchObject({ first: record.title.toLowerCase() });
    expect(await objects(session)).toBe(1);
    const again = { title: "Again", idempotency_key: "k", payload: valueOf(MIB) };
    const twice = [await publish(session, again), await publish(session, again)];
    expect(twice[1]?.[0]).toMatchObject({ task_id: twice[0]?.[0]?.task_id, payload: again.payload });
    expect(await objects(session)).toBe(2);
  });

  test("whose record was written though the answer was lost is published, and keeps its object", async () => {
    await using proxy = await startProxy(server.port);
    await using session = await openTestSession(proxy.url, freshWorkspace());
    const lost = proxy.loseAnswer('"payload_object":"payload/t.', '"seq"');
    const payload = valueOf(MIB);
    const [published] = await publish(session, { task_id: "t", title: "T", payload });
    await lost;
    expect(published).toMatchObject({ task_id: "t", payload });
    expect((await getTask(session, "t")).payload).toEqual(payload);
    expect(await objects(session)).toBe(1);
  });

  test("that is gone makes an attempt fail for good, and the task can still be looked at", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await publish(session, { task_id: "t", title: "T", type: "debbie", payload: valueOf(MIB) });
    await removeArtifacts(session, "t");
    expect(await getTask(session, "t")).toMatchObject({ status: "available", payload: null });
    await using fleet = await worker(session, "debbie");
    const record = await taskWhen(session, "t", "failed");
    expect(record).toMatchObject({ attempts: 1, error: { reason: "invalid_input" } });
    expect(record.error?.message).toContain("payload is not stored any more");
    expect(fleet.inputs).toEqual([]);
  });
});

describe("a result", () => {
  test("is whole for whoever builds on it; lists, records and messages hold its beginning", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    using completed = await collect(session, session.names.event("completed"));
    const data = valueOf(3 * MIB);
    await using fleet = await worker(session, "debbie", ({ task }) =>
      task.task_id === "first" ? { summary: "s".repeat(50_000), data, artifacts: ["a.html"] } : "done",
    );
    await publish(session, { task_id: "first", title: "First", type: "debbie" });
    const first = await taskWhen(session, "first", "completed");
    expect(first.result).toMatchObject({ data, summary: "s".repeat(50_000) });
    const [listed] = await listTasks(session);
    expect(listed).toMatchObject({ result_object: "result/first.1", result: { data: null, artifacts: ["a.html"] } });
    expect(bytesOf(listed)).toBeLessThan(20_000);
    await eventually(() => completed.length === 1);
    expect(completed[0]?.body).toMatchObject({ result_object: "result/first.1", result: { data: null, output: null } });

    await publish(session, { task_id: "next", title: "N", type: "debbie", blocked_by: ["first"], parent_id: "first" });
    await taskWhen(session, "next", "completed");
    expect(fleet.inputs[1]?.blockers[0]?.result?.data).toEqual(data);
    expect(fleet.inputs[1]?.parent?.result?.data).toEqual(data);
    expect(fleet.inputs[1]?.blockers[0]).not.toHaveProperty("note");
    // The second one was small.
    expect(await getRecord(session, "next")).toMatchObject({ result_object: null, result: { summary: "done" } });
  });

  test("of a failed attempt, too; tried again, the next one counts", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const output = "o".repeat(MIB);
    let runs = 0;
    await using _fleet = await launch(session, [
      {
        role: roleOf("debbie", { retry: { max_attempts: 2, backoff: "4s" } }),
        run: {
          run: ({ task }) => {
            const result = { ...EMPTY, output: `${output}${++runs}` };
            return Promise.resolve({ kind: "failed", reason: "exit", message: `exit ${task.attempts}`, result });
          },
        },
      },
    ]);
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    const once = await taskWhen(session, "t", (record) => record.status === "scheduled");
    expect([once.result_object, once.result?.output]).toEqual(["result/t.1", `${output}1`]);
    const twice = await taskWhen(session, "t", "failed");
    expect([twice.result_object, twice.result?.output]).toEqual(["result/t.2", `${output}2`]);
  });

  test("that is gone is told to those who build on it, and does not stop them", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using fleet = await worker(session, "debbie", ({ task }) =>
      task.task_id === "first" ? { summary: "made", data: valueOf(MIB) } : "done",
    );
    await publish(session, { task_id: "first", title: "First", type: "debbie" });
    await taskWhen(session, "first", "completed");
    await removeArtifacts(session, "first");
    await publish(session, { task_id: "next", title: "N", type: "debbie", blocked_by: ["first"] });
    await taskWhen(session, "next", "completed");
    expect(fleet.inputs[1]?.blockers).toMatchObject([
      {
        task_id: "first",
        result: { summary: "made", data: null },
        note: expect.stringContaining("not stored") as string,
      },
    ]);
    expect((await getTask(session, "first")).result).toMatchObject({ summary: "made", data: null });
  });

  test("is whole for a watching role", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const data = valueOf(MIB);
    const seen: unknown[] = [];
    await using _fleet = await launch(session, [
      { role: roleOf("debbie"), run: () => Promise.resolve({ data }) },
      {
        role: roleOf("morgan", { watch: ["completed"] }),
        run: ({ task }) => {
          seen.push(task.payload, task.result?.data);
          return Promise.resolve("noted");
        },
      },
    ]);
    const payload = valueOf(MIB, "payload");
    await publish(session, { task_id: "t", title: "T", type: "debbie", payload });
    await eventually(() => seen.length > 0);
    expect(seen).toEqual([payload, data]);
  });
});

const EMPTY = {
  ...{ summary: null, output: null, exit_code: 1, duration_ms: 1, artifacts: [], session_id: null, data: null },
  dropped_lines: 0,
  changes: null,
  usage: { input_tokens: null, output_tokens: null, cost_usd: null },
};

describe("hand-offs", () => {
  const children = (session: Session, parent: string, count: number): Promise<TaskRecord[]> =>
    Promise.all(Array.from({ length: count }, (_, n) => taskWhen(session, idOfHandoff(parent, n), () => true)));
  const asking = (handoff: NewTaskInput[]) => () => ({ summary: "done", handoff });

  test("templates see whole values", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using _fleet = await launch(session, [
      {
        role: roleOf("debbie", {
          handoff: [
            {
              title: "Convert {{result.data.last}} of {{task.payload.last}}",
              payload: { spec: "{{result.data.text}}" },
            },
          ],
        }),
        run: () => Promise.resolve({ data: valueOf(MIB, "", "about") }),
      },
    ]);
    await publish(session, { task_id: "p", title: "P", type: "debbie", payload: valueOf(MIB, "", "site") });
    const [child] = await children(session, "p", 1);
    expect(child).toMatchObject({ title: "Convert about of site", payload: { spec: valueOf(MIB).text } });
    expect((await getRecord(session, "p")).handoff[0]).not.toHaveProperty("payload");
  });

  test("large ones together: each child has its own, and the parent's record stays small", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const handoff = Array.from({ length: 12 }, (_, n) => ({
      title: `Page ${n}`,
      payload: n < 10 ? valueOf(MIB / 2, `PAGE_SPEC ${n}`) : { small: n },
    }));
    await using _fleet = await worker(session, "debbie", asking(handoff));
    await publish(session, { task_id: "p", title: "P", type: "debbie" });
    const made = await children(session, "p", 12);
    expect(made.map(({ payload }) => payload)).toEqual(handoff.map(({ payload }) => payload));
    expect(made[0]?.payload_excerpt).toContain("PAGE_SPEC 0");
    expect(made[11]).toMatchObject({ payload_object: null, parent_id: "p" });
    expect(bytesOf(await getRecord(session, "p"))).toBeLessThan(300 * 1024);
    expect(await objects(session)).toBe(10);
  });

  test.each([
    [
      "too many",
      Array.from({ length: 3_000 }, (_, n) => ({ title: `Page ${n}`, description: "d".repeat(100) })),
      /3000 hand-offs/,
    ],
    ["a text too long", [{ title: "Page", description: "d".repeat(300_000) }], /"Page" is too large: title and desc/],
  ])("that no record can hold fail the attempt, with the reason: %s", async (_, handoff, why) => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await using _fleet = await worker(session, "debbie", asking(handoff));
    await publish(session, { task_id: "p", title: "P", type: "debbie" });
    const record = await taskWhen(session, "p", "failed");
    expect(record).toMatchObject({ error: { reason: "invalid_output" }, result: { summary: "done" }, handoff: [] });
    expect(record.error?.message).toMatch(why);
    expect(await listTasks(session)).toHaveLength(1);
  });
});

test("an error's message of any length fits", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using _fleet = await launch(session, [
    { role: roleOf("debbie", { retry: { max_attempts: 1 } }), run: () => Promise.reject(new Error("no ".repeat(MIB))) },
  ]);
  await publish(session, { task_id: "t", title: "T", type: "debbie" });
  const { error } = await taskWhen(session, "t", "failed");
  expect(error?.message).toMatch(/^(no )+/);
  expect(error?.message.length).toBeLessThanOrEqual(16 * 1024);
});

test("the object is there before the record that names it", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const seen: (string | null)[] = [];
  const asked: Promise<void>[] = [];
  const done = new AbortController();
  const { TaskStore } = await import("../../src/nats/task-store.js");
  new TaskStore(session).watch({
    signal: done.signal,
    onRemoved: () => undefined,
    onTask: ({ payload_object: name }) => {
      if (name !== null) asked.push(readObject(session, name).then((text) => void seen.push(text)));
    },
  });
  const payload = valueOf(2 * MIB);
  await publishTasks(session, [NewTask.parse({ task_id: "t", title: "T", payload })]);
  await eventually(() => asked.length > 0);
  await Promise.all(asked);
  done.abort();
  expect(seen).toEqual([JSON.stringify(payload)]);
});
