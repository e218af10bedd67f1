import "../support/state-dir.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_RETENTION_MS, TOMBSTONE_MS } from "../../src/domain/retention.js";
import { noRules } from "../../src/domain/settings.js";
import { NewTask, type Status, type TaskRecord, TERMINAL } from "../../src/domain/task.js";
import { currentSettings } from "../../src/nats/workspace-settings.js";
import { keepValues } from "../../src/nats/artifacts.js";
import { readKey, writeKey } from "../../src/nats/bucket.js";
import { removeLog } from "../../src/nats/logs.js";
import { publishJson, readLast, type Session } from "../../src/nats/session.js";
import { readStored } from "../../src/nats/stored.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { getTask, retryTask } from "../../src/operations/tasks.js";
import { setRules } from "../../src/operations/workspace.js";
import { recordIn } from "../domain/records.js";
import { lead, type TestCandidate } from "../support/candidates.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const DAY = 24 * 3_600_000;
const WEEK = 7 * DAY;

/** The same session at a later time. */
const after = (session: Session, ms: number): Session => ({
  ...session,
  now: () => new Date(Date.parse(session.now()) + ms).toISOString(),
});

/** Writes a record whose last change is `age` ago. */
async function write(session: Session, task_id: string, status: Status, age: number, over: Partial<TaskRecord> = {}) {
  const updated_at = new Date(Date.parse(session.now()) - age).toISOString();
  const record = recordIn(status, { task_id, updated_at, role: null, ...over });
  await publishJson(session, session.names.tasks.subject(task_id), record);
  return record;
}
const old = (session: Session, id: string, status: Status = "completed", over: Partial<TaskRecord> = {}) =>
  write(session, id, status, DEFAULT_RETENTION_MS + DAY, over);

/** What a task has beside its record. */
async function things(session: Session, id: string): Promise<void> {
  await publishJson(session, session.names.log(id), { text: "of the first life" });
  await keepValues(session, [{ name: `payload/${id}.first`, json: JSON.stringify("p".repeat(300_000)) }]);
}

/** The subjects that a stream has messages of, as far as they end in one of these ids. */
async function subjects(session: Session, stream: string): Promise<string[]> {
  const found = new Set<string>();
  await readStored(session, { stream, filter: ">", headersOnly: true }, ({ subject }) => found.add(subject));
  return [...found].sort();
}
const logsOf = async (session: Session): Promise<string[]> =>
  (await subjects(session, session.names.logs.stream)).map((subject) => subject.split(".")[1] ?? "");
const objectsOf = async (session: Session): Promise<string[]> => [
  ...new Set((await subjects(session, session.names.artifacts.stream)).map((s) => s.split(".").slice(2, 4).join("."))),
];
const idsOf = async (session: Session): Promise<string[]> =>
  (await new TaskStore(session).all()).map(({ task_id }) => task_id).sort();
/** Keys of the task bucket: records and markers. */
const keysOf = async (session: Session): Promise<string[]> =>
  (await subjects(session, session.names.tasks.stream)).map((subject) => session.names.tasks.keyOf(subject));

const removals = ({ notices }: TestCandidate): string[] => notices.filter((notice) => notice.startsWith("removed"));

describe.concurrent("what has ended long ago", () => {
  test("goes: the record first, then all it had, at last its key; nothing else goes, also when the server restarts", async () => {
    await using own = await startTestServer();
    await using session = await openTestSession(own.url, freshWorkspace());
    for (const status of TERMINAL) await old(session, status, status);
    await write(session, "young", "failed", DEFAULT_RETENTION_MS - DAY);
    await old(session, "open", "awaiting_approval");
    await old(session, "blocker");
    await old(session, "waits", "blocked", { blocked_by: ["blocker", "open"] });
    await old(session, "parent", "completed", { handoff: [NewTask.parse({ title: "next" })] });
    await old(session, "parent-h1", "completed", { parent_id: "parent" });
    await old(session, "in-log", "completed", { source_seq: 1_000_000 });
    for (const id of ["completed", "parent-h1", "young", "open"]) await things(session, id);
    const kept = ["blocker", "in-log", "open", "waits", "young"];
    const objects = await objectsOf(session);

    const first = await lead(session, "first");
    await eventually(() => removals(first).length > 0);
    expect(removals(first)).toEqual(["removed 5 tasks that ended more than 30d ago"]);
    expect(await idsOf(session)).toEqual(kept);
    await expect(getTask(session, "completed")).rejects.toMatchObject({
      code: "not_found",
      hint: expect.stringContaining("workspace.retention") as string,
    });
    // It ends before it has removed more than the records; half of the rest goes in its last moment.
    await first[Symbol.asyncDispose]();
    expect([(await keysOf(session)).length, await objectsOf(session)]).toEqual([10, objects]);
    await removeLog(session, "completed", Number.POSITIVE_INFINITY);

    await using next = await lead(after(session, 2 * TOMBSTONE_MS), "next");
    await eventually(async () => (await keysOf(session)).length === kept.length);
    const left = async (): Promise<unknown> => ({
      ids: await idsOf(session),
      keys: await keysOf(session),
      logs: await logsOf(session),
      objects: (await objectsOf(session)).filter((name) => name.startsWith("C.")),
    });
    const expected = { ids: kept, keys: kept, logs: ["open", "young"], objects: ["C.open", "C.young"] };
    expect(await left()).toEqual(expected);
    expect((await session.jsm.streams.info(session.names.artifacts.stream)).state.messages).toBe(8);
    await own.restart();
    await session.whenConnected(20_000);
    expect(await left()).toEqual(expected);
    expect(removals(next)).toEqual([]);
    // The sequences go on where they were: what was compared with a revision still is.
    await publish(session, { task_id: "completed", title: "a new one" });
    expect(await getTask(session, "completed")).toMatchObject({ status: "available", title: "a new one" });
  });

  test("leaves what a new task of the same id has, with the tombstone there and after it", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    for (const id of ["a", "b"]) {
      await old(session, id);
      await things(session, id);
    }
    const first = await lead(session, "first");
    await eventually(() => removals(first).length > 0);
    await first[Symbol.asyncDispose]();
    // "a" is published while its tombstone is there, which is lost; of "b" only its things are new.
    const payload = "new".repeat(200_000);
    await publish(session, { task_id: "a", title: "again", payload });
    await keepValues(session, [{ name: "payload/b.second", json: JSON.stringify(payload) }]);
    await publishJson(session, session.names.log("b"), { text: "of the second life" });

    await using _next = await lead(after(session, 2 * TOMBSTONE_MS), "next");
    await eventually(async () => (await keysOf(session)).join() === "a");
    await publish(session, { task_id: "b", title: "again", payload });
    expect((await getTask(session, "a")).payload).toBe(payload);
    expect((await getTask(session, "b")).payload).toBe(payload);
    const texts: unknown[] = [];
    const from = { stream: session.names.logs.stream, filter: session.names.log("b") };
    await readStored(session, from, (message) => texts.push(message.json()));
    expect(texts).toEqual([{ text: "of the second life" }]);
  });

  test("leaves a plain marker where the bucket lets nothing be removed, and that is the end of it", async () => {
    const workspace = freshWorkspace();
    {
      await using made = await openTestSession(server.url, workspace);
      const { config } = await made.jsm.streams.info(made.names.tasks.stream);
      await made.jsm.streams.delete(config.name);
      await made.jsm.streams.add({ ...config, deny_delete: true });
    }
    await using session = await openTestSession(server.url, workspace);
    await old(session, "a");
    await things(session, "a");
    const first = await lead(session, "first");
    await eventually(() => removals(first).length > 0);
    await first[Symbol.asyncDispose]();
    const next = await lead(after(session, 2 * TOMBSTONE_MS), "next");
    const marker = () => readLast(session, session.names.tasks.stream, session.names.tasks.subject("a"));
    await eventually(async () => String(Buffer.from((await marker())?.data ?? [])) === "null");
    expect([await logsOf(session), await objectsOf(session), await keysOf(session)]).toEqual([[], [], ["a"]]);
    await next[Symbol.asyncDispose]();
    const { revision } = await readKey(session, session.names.tasks, "a");
    await old(session, "b");
    await using last = await lead(after(session, 4 * TOMBSTONE_MS), "last");
    await eventually(() => removals(last).length > 0);
    expect((await readKey(session, session.names.tasks, "a")).revision).toBe(revision);
    await publish(session, { task_id: "a", title: "again" });
    expect((await getTask(session, "a")).status).toBe("available");
  });

  test("a retry at that moment wins, or finds no task: never half of one", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const ids = Array.from({ length: 120 }, (_, n) => `t${n}`);
    await Promise.all(ids.map((id) => old(session, id, "failed")));
    await using leader = await lead(session);
    const retried: string[] = [];
    for (const id of ids.reverse()) {
      await retryTask(session, id, "me", null).then(
        () => retried.push(id),
        (error: unknown) => expect(error).toMatchObject({ code: "not_found" }),
      );
    }
    await eventually(async () => (await idsOf(session)).length === retried.length);
    expect(await idsOf(session)).toEqual(retried.sort());
    for (const id of retried) expect((await getTask(session, id)).status).toBe("available");
    await eventually(() => removals(leader).length > 0 || retried.length === ids.length);
  });

  test("two thousand at once go while new tasks run", { timeout: 120_000 }, async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const ids = Array.from({ length: 2_000 }, (_, n) => `t${n}`);
    await Promise.all(ids.map((id) => old(session, id)));
    const role = roleOf("work", { concurrency: 4 });
    await using fleet = await launch(session, [{ role, run: () => Promise.resolve("done") }]);
    const fresh = Array.from({ length: 30 }, (_, n) => `new${n}`);
    for (const task_id of fresh) {
      await publish(session, { task_id, title: "new", type: "work" });
      await taskWhen(session, task_id, "completed");
    }
    await eventually(async () => (await idsOf(session)).length === fresh.length, 60_000);
    expect(await idsOf(session)).toEqual(fresh.sort());
    const said = (): unknown[] => fleet.events.filter(({ type }) => type === "notice");
    await eventually(() => said().length > 0);
    expect(said()).toEqual([{ type: "notice", message: "removed 2000 tasks that ended more than 30d ago" }]);
  });
});

describe.concurrent("how long they are kept", () => {
  test("is a rule of the workspace: a leader follows it when it changes", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    await setRules(session, { retention_ms: null });
    await old(session, "a");
    await write(session, "b", "failed", WEEK + DAY);
    await using leader = await lead(session);
    await setRules(session, { retention_ms: DEFAULT_RETENTION_MS });
    await eventually(() => removals(leader).length === 1);
    expect(await idsOf(session)).toEqual(["b"]);
    await setRules(session, { retention_ms: WEEK, max_running: 3 });
    await eventually(() => removals(leader).length === 2);
    expect(removals(leader)).toEqual([
      "removed 1 task that ended more than 30d ago",
      "removed 1 task that ended more than 7d ago",
    ]);
    expect(await idsOf(session)).toEqual([]);
    expect((await currentSettings(session)).rules).toEqual({ ...noRules(), max_running: 3, retention_ms: WEEK });
  });

  test.each<[string, unknown, object]>([
    ["that were written before there was one", { max_running: 3 }, { ...noRules(), max_running: 3 }],
    ["that say for ever", { max_running: 3, retention_ms: null }, { ...noRules(), max_running: 3, retention_ms: null }],
    [
      "with less than may be",
      { max_running: 3, retention_ms: 1_000 },
      { ...noRules(), max_running: null, retention_ms: null },
    ],
    ["that are none: nothing is removed", "nonsense", { ...noRules(), max_running: null, retention_ms: null }],
  ])("rules %s", async (_, value, rules) => {
    await using session = await openTestSession(server.url, freshWorkspace());
    expect((await currentSettings(session)).rules).toEqual(noRules());
    await writeKey(session, session.names.settings, "rules", value);
    expect((await currentSettings(session)).rules).toEqual(rules);
  });
});
