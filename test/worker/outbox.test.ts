import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Objm } from "@nats-io/obj";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyResult, NewTask, type TaskRecord } from "../../src/domain/task.js";
import { takeValuesOut } from "../../src/domain/large-reports.js";
import { keepValues, limitsOf } from "../../src/nats/artifacts.js";
import { readKey, removeKey } from "../../src/nats/bucket.js";
import type { Session } from "../../src/nats/session.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { cancelTask, getRecord, getTask } from "../../src/operations/tasks.js";
import { type JournalOwner, journalName, leftJournalName, thisOwner } from "../../src/journal-owner.js";
import { stateDir } from "../../src/paths.js";
import { Outbox, type OutboxEntry } from "../../src/worker/outbox.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { deadOwner, lines, recycledOwner } from "../support/journals.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import { type Fence } from "../../src/domain/fence.js";
import { STATE_HOME } from "../support/state-dir.js";

const fenceOf = ({ owner, instance_id, epoch }: TaskRecord): Fence => ({
  owner: owner ?? "",
  instance_id: instance_id ?? "",
  epoch,
});

function entryOf(task_id: string, fence: Partial<Fence> = {}, summary = "done"): OutboxEntry {
  const whole = { owner: "Ghost", instance_id: "gone", epoch: 1, ...fence };
  return {
    ...{ id: `${task_id}.${whole.epoch}`, task_id, agent_id: whole.owner, attempt: 1 },
    report: { type: "completed", fence: whole, result: { ...emptyResult(), summary }, handoff: [] },
  };
}

describe("the journal", () => {
  const newDir = (): Promise<string> => mkdtemp(join(STATE_HOME, "outbox-"));
  const fileOf = async (dir: string): Promise<string> => join(dir, journalName(await thisOwner(), "me"));
  /** What the next launcher would find if all others ended now, however that happened. */
  const leftIn = async (dir: string): Promise<OutboxEntry[]> => {
    const after = await newDir();
    for (const name of await readdir(dir)) await copyFile(join(dir, name), join(after, leftJournalName(randomUUID())));
    const found = await (await Outbox.open(after, "reader")).leftovers();
    return found.flatMap(({ entries }) => entries);
  };

  test("an entry is on disk when put resolves, until it is done", async () => {
    const dir = await newDir();
    const outbox = await Outbox.open(dir, "me");
    await outbox.put(entryOf("a"));
    await outbox.put(entryOf("b"));
    expect(await leftIn(dir)).toEqual([entryOf("a"), entryOf("b")]);
    outbox.done("a.1");
    await eventually(async () => (await leftIn(dir)).length === 1);
    expect(await leftIn(dir)).toEqual([entryOf("b")]);
    // Its launcher lives: nobody else's business.
    const other = await Outbox.open(dir, "other");
    expect(await other.leftovers()).toEqual([]);
    await outbox.close();
    // Something is open: it is for the next launcher, in this process or another.
    expect(await other.leftovers()).toMatchObject([{ entries: [entryOf("b")] }]);
  });

  test("a journal without open entries goes with its launcher; its own is never a leftover", async () => {
    const dir = join(await newDir(), "deeper", "still");
    const outbox = await Outbox.open(dir, "me");
    await outbox.put(entryOf("a"));
    expect(await outbox.leftovers()).toEqual([]);
    outbox.done("a.1");
    await outbox.close();
    await expect(stat(dir)).rejects.toThrow("ENOENT");
  });

  test("only its owner can read it", async () => {
    const dir = await newDir();
    const outbox = await Outbox.open(join(dir, "box"), "me");
    await outbox.put(entryOf("a"));
    expect((await stat(join(dir, "box"))).mode & 0o077).toBe(0);
    expect((await stat(await fileOf(join(dir, "box")))).mode & 0o077).toBe(0);
    await outbox.close();
  });

  test("many at once: each is in the file when its put resolves", async () => {
    const dir = await newDir();
    const outbox = await Outbox.open(dir, "me");
    const file = await fileOf(dir);
    const put = async (n: number): Promise<void> => {
      // Some in one turn, some while a write is under way, some as it ends.
      for (let turn = 0; turn < n % 7; turn++) await new Promise((resolve) => setImmediate(resolve));
      await outbox.put(entryOf(`t${n}`));
      expect(await readFile(file, "utf8")).toContain(`"id":"t${n}.1"`);
    };
    await Promise.all(Array.from({ length: 300 }, (_, n) => put(n)));
    expect((await leftIn(dir)).map(({ task_id }) => task_id).sort()).toEqual(
      Array.from({ length: 300 }, (_, n) => `t${n}`).sort(),
    );
    await outbox.close();
  });

  test("one put right after another is not taken for written", async () => {
    const dir = await newDir();
    const outbox = await Outbox.open(dir, "me");
    const file = await fileOf(dir);
    for (let n = 0; n < 100; n++) {
      outbox.done("unknown");
      const first = outbox.put(entryOf(`a${n}`));
      await first;
      await outbox.put(entryOf(`b${n}`));
      const text = await readFile(file, "utf8");
      expect(text).toContain(`"id":"a${n}.1"`);
      expect(text).toContain(`"id":"b${n}.1"`);
    }
    await outbox.close();
  });

  test("it does not grow for ever, and what is open survives its being emptied", async () => {
    const dir = await newDir();
    const outbox = await Outbox.open(dir, "me");
    const file = await fileOf(dir);
    const large = "x".repeat(200_000);
    for (let n = 0; n < 12; n++) {
      await outbox.put(entryOf(`t${n}`, {}, large));
      outbox.done(`t${n}.1`);
    }
    await eventually(async () => (await stat(file)).size < 1_500_000);
    await outbox.put(entryOf("last"));
    expect(await leftIn(dir)).toEqual([entryOf("last")]);
    await outbox.close();
  });

  test("a last line that a crash cut short was never promised; the rest counts", async () => {
    const dir = await newDir();
    const torn = lines({ put: entryOf("c") }).slice(0, 60);
    const journal = lines({ put: entryOf("a") }, { put: entryOf("b") }, { done: "a.1" }) + torn;
    await writeFile(join(dir, leftJournalName("gone")), `null\n5\n${journal}`);
    expect(await leftIn(dir)).toEqual([entryOf("b")]);
  });

  test("forgetting removes the journal of a dead launcher, and no other's", async () => {
    const dir = await newDir();
    const write = (owner: JournalOwner, id: string): Promise<void> =>
      writeFile(join(dir, journalName(owner, id)), lines({ put: entryOf(id) }));
    await write(await deadOwner(), "dead");
    // Its number belongs to a process that lives.
    await write(await recycledOwner(), "recycled");
    await write(await thisOwner(), "alive");
    await write({ ...(await deadOwner()), host: "other", namespace: "7" }, "elsewhere");
    await writeFile(join(dir, leftJournalName("closed")), lines({ put: entryOf("closed") }));
    await writeFile(join(dir, "notes.txt"), "not a journal");
    const found = await (await Outbox.open(dir, "me")).leftovers();
    expect(found.flatMap(({ entries }) => entries.map(({ task_id }) => task_id)).sort()).toEqual([
      ...["closed", "dead", "recycled"],
    ]);
    for (const { forget } of found) await forget();
    expect(await readdir(dir)).toEqual([
      expect.stringContaining(".alive."),
      expect.stringContaining(".elsewhere."),
      "notes.txt",
    ]);
  });

  test("a launcher that ends removes the empty folder; another one that has written nothing yet makes it again", async () => {
    const dir = join(await newDir(), "box");
    const [first, second] = [await Outbox.open(dir, "me"), await Outbox.open(dir, "other")];
    await first.close();
    await expect(stat(dir)).rejects.toThrow("ENOENT");
    await second.put(entryOf("a"));
    expect(await leftIn(dir)).toEqual([entryOf("a")]);
    await second.close();
  });
});

describe("a journal that cannot be written", () => {
  /** An outbox whose disk is full until `space` is called; the file ends in the middle of a line then. */
  const onFullDisk = async () => {
    const dir = await mkdtemp(join(STATE_HOME, "outbox-"));
    const file = join(dir, journalName(await thisOwner(), "me"));
    await symlink("/dev/full", file);
    const space = async (): Promise<void> => {
      await writeFile(`${file}.new`, lines({ put: entryOf("torn") }).slice(0, 60));
      await rename(`${file}.new`, file);
    };
    const entries = async (): Promise<string[]> => {
      const text = await readFile(file, "utf8");
      return text.split("\n").flatMap((line) => (/^\{"put":\{"id":"(\w+)\.1".*\}\}$/.exec(line) ?? []).slice(1));
    };
    return { dir, file, outbox: await Outbox.open(dir, "me"), space, entries };
  };

  test("says so; when there is space again it is written, until it is done", async () => {
    const { dir, file, outbox, space, entries } = await onFullDisk();
    const puts = ["a", "b", "c"].map((id) => outbox.put(entryOf(id)));
    for (const { status } of await Promise.allSettled(puts)) expect(status).toBe("rejected");
    outbox.done("b.1");
    await space();
    // Nobody puts anything: it is tried again by itself.
    await eventually(async () => (await entries()).length === 2);
    await outbox.put(entryOf("d"));
    expect(await entries()).toEqual(["a", "c", "d"]);
    outbox.done("a.1");
    await eventually(async () => (await readFile(file, "utf8")).includes('{"done":"a.1"}'));
    await outbox.close();
    const [left] = await (await Outbox.open(dir, "next")).leftovers();
    expect(left?.entries).toEqual([entryOf("c"), entryOf("d")]);
  });

  test("a line is not glued to the half of another", async () => {
    const { outbox, space, entries } = await onFullDisk();
    await expect(outbox.put(entryOf("a"))).rejects.toThrow();
    outbox.done("a.1");
    await space();
    await outbox.put(entryOf("b"));
    expect(await entries()).toEqual(["b"]);
    await outbox.close();
  });

  test("closing tries once more", async () => {
    const { dir, outbox, space } = await onFullDisk();
    await expect(outbox.put(entryOf("a"))).rejects.toThrow();
    await space();
    await outbox.close();
    const [left] = await (await Outbox.open(dir, "next")).leftovers();
    expect(left?.entries).toEqual([entryOf("a")]);
  });

  test("and closing a journal that could never be written works", async () => {
    const dir = await mkdtemp(join(STATE_HOME, "outbox-"));
    const outbox = await Outbox.open(join(dir, "box"), "me");
    await rm(join(dir, "box"), { recursive: true });
    await writeFile(join(dir, "box"), "in the way");
    await expect(outbox.put(entryOf("a"))).rejects.toThrow("EEXIST");
    await outbox.close();
  });

  test("one that is too large for the space there is leaves it to smaller ones", async () => {
    const dir = await mkdtemp(join(STATE_HOME, "outbox-"));
    const script = `
      const { Outbox } = await import(${JSON.stringify(new URL("../../dist/worker/outbox.js", import.meta.url))});
      const [dir, ...entries] = process.argv.slice(1);
      const outbox = await Outbox.open(dir, "me");
      for (const entry of entries) await outbox.put(JSON.parse(entry)).catch(({ code }) => console.log(code));
      process.exit();`;
    const entries = [entryOf("a"), entryOf("b", {}, "x".repeat(100_000)), entryOf("c")];
    const node = [process.execPath, "--input-type=module", "-e", script, dir];
    // The largest file it may write, in blocks of 512 or 1,024 bytes: half a line is written, then EFBIG.
    const shell = [
      "sh",
      "-c",
      'ulimit -f 40 && exec "$@"',
      "sh",
      ...node,
      ...entries.map((entry) => JSON.stringify(entry)),
    ];
    expect(execFileSync(shell[0]!, shell.slice(1), { encoding: "utf8" })).toBe("EFBIG\n");
    const [left] = await (await Outbox.open(dir, "next")).leftovers();
    expect(left?.entries.map(({ task_id }) => task_id)).toEqual(["a", "c"]);
  });
});

describe("a result and its server", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const outboxDir = (session: Session): string =>
    join(stateDir(), "outbox", `${session.workspace.id}-${session.storeId}`);
  const journals = (session: Session): Promise<string[]> => readdir(outboxDir(session)).catch((): string[] => []);

  /** A task that a launcher which is gone had claimed. */
  async function claimedByGhost(session: Session, task_id: string): Promise<TaskRecord> {
    const store = new TaskStore(session);
    const task = NewTask.parse({ title: `Task ${task_id}`, type: "debbie" });
    await store.apply(task_id, { type: "published", task_id, task, blockers: [] });
    await store.apply(task_id, { type: "claimed", owner: "Ghost", instance_id: "gone", max_attempts: 3 });
    return await getTask(session, task_id);
  }

  async function lateResult(session: Session, id: string): Promise<OutboxEntry> {
    return await eventually(async () => {
      const bucket = await new Objm(session.nc).open(session.names.artifacts.name);
      const blob = await bucket.getBlob(`late/${id}`);
      return blob && (JSON.parse(new TextDecoder().decode(blob)) as OutboxEntry);
    });
  }

  test.each([
    ["", null],
    [", large", "x".repeat(2 * 1024 * 1024)],
  ])("finished while the server is away: delivered when it is back%s", async (_, data) => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const working = gate();
    let runs = 0;
    await using fleet = await launch(session, [
      {
        role: roleOf("debbie"),
        run: async () => {
          runs++;
          await working.opened;
          return { summary: "made offline", data };
        },
      },
    ]);
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    await eventually(() => runs === 1);
    await server.stop();
    working.open();
    const dir = outboxDir(session);
    await eventually(async () => {
      const [name = ""] = await readdir(dir);
      return (await readFile(join(dir, name), "utf8")).includes("made offline");
    });
    await server.restart();
    const record = await taskWhen(session, "t", "completed");
    expect(record).toMatchObject({ attempts: 1, epoch: 1, result: { summary: "made offline", data } });
    expect(runs).toBe(1);
    expect(fleet.launcher.agents[0]?.id).toBe("debbie");
    using heard = await collect(session, session.names.event("completed"));
    await eventually(() => heard.length === 1);
    await fleet.launcher.stop();
    expect(await journals(session)).toEqual([]);
  });

  test("stopped while the server is away: the next launcher delivers it", async () => {
    const workspace = freshWorkspace();
    const working = gate();
    {
      await using session = await openTestSession(server.url, workspace);
      const fleet = await launch(session, [
        { role: roleOf("debbie"), run: () => working.opened.then(() => "made offline") },
      ]);
      await publish(session, { task_id: "t", title: "T", type: "debbie" });
      await eventually(() => fleet.launcher.running.length === 1);
      await server.stop();
      working.open();
      const dir = outboxDir(session);
      await eventually(async () => (await readdir(dir)).length > 0);
      await fleet.launcher.stop();
      const [journal = ""] = await readdir(dir);
      expect(await readFile(join(dir, journal), "utf8")).toContain("made offline");
    }
    await server.restart();
    await using session = await openTestSession(server.url, workspace);
    await using _fleet = await launch(session, [
      { role: roleOf("other"), run: () => Promise.reject(new Error("not for me")) },
    ]);
    expect(await taskWhen(session, "t", "completed")).toMatchObject({ epoch: 1, result: { summary: "made offline" } });
  });

  test("left by a launcher that died: accepted at the next start, announced, forgotten", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const claimed = await claimedByGhost(session, "t");
    await mkdir(outboxDir(session), { recursive: true });
    const journal = join(outboxDir(session), journalName(await deadOwner(), "gone"));
    await writeFile(journal, lines({ put: entryOf("t", fenceOf(claimed), "left behind") }));
    await using fleet = await launch(session, []);
    const record = await taskWhen(session, "t", "completed");
    expect(record).toMatchObject({ owner: "Ghost", attempts: 1, result: { summary: "left behind" } });
    using heard = await collect(session, session.names.event("completed"));
    await eventually(() => heard.length === 1);
    expect(heard[0]?.body).toMatchObject({ task_id: "t", agent_id: "Ghost", attempt: 1, epoch: 1 });
    await eventually(() => fleet.events.some((event) => event.type === "notice" && /late/.test(event.message)));
    await eventually(async () => (await journals(session)).length === 0);
  });

  test("left by a launcher that died, and the server away: stopping waits for nothing, being there delivers it", async () => {
    const workspace = freshWorkspace();
    {
      await using session = await openTestSession(server.url, workspace);
      const claimed = await claimedByGhost(session, "t");
      await mkdir(outboxDir(session), { recursive: true });
      const journal = join(outboxDir(session), journalName(await deadOwner(), "gone"));
      await writeFile(journal, lines({ put: entryOf("t", fenceOf(claimed), "left behind") }));
      await server.stop();
      const stopped = await launch(session, []);
      await stopped.launcher.stop();
      expect(await journals(session)).toHaveLength(1);
    }
    await server.restart();
    await using session = await openTestSession(server.url, workspace);
    await server.stop();
    await using fleet = await launch(session, []);
    await server.restart();
    await eventually(() => fleet.events.some((event) => event.type === "notice" && /late/.test(event.message)));
    expect(await taskWhen(session, "t", "completed")).toMatchObject({ result: { summary: "left behind" } });
    await eventually(async () => (await journals(session)).length === 0);
  });

  test("left by a launcher whose task was given to another: refused, reported, kept", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    using errors = await collect(session, session.names.channel("errors"));
    const claimed = await claimedByGhost(session, "t");
    const fence = fenceOf(claimed);
    await new TaskStore(session).apply("t", { type: "owner_lost", fence, message: "silent" });
    const before = await getTask(session, "t");
    await mkdir(outboxDir(session), { recursive: true });
    await writeFile(
      join(outboxDir(session), journalName(await recycledOwner(), "gone")),
      lines({ put: entryOf("t", fence, "too late") }),
    );
    await using fleet = await launch(session, []);
    const report = await eventually(() => errors[0]);
    expect(report.body).toMatchObject({ reason: "stale_result", task_id: "t", agent_id: "Ghost", epoch: 1 });
    expect(await lateResult(session, "t.1")).toEqual(entryOf("t", fence, "too late"));
    const late = { outcome: "completed", summary: "too late", object: "late/t.1", at: expect.any(String) as string };
    const noted = await getRecord(session, "t");
    expect(noted).toEqual({ ...before, history: [{ ...before.history[0], late }] });
    expect((await getTask(session, "t")).history[0]?.late).toEqual({
      ...late,
      result: { ...emptyResult(), summary: "too late" },
    });
    expect(await eventually(() => fleet.events.find(({ type }) => type === "stale_result"))).toMatchObject({
      ...{ agent_id: "Ghost", task_id: "t" },
    });
    await eventually(async () => (await journals(session)).length === 0);
  });

  test("finished after its task was given to another: counted once, nothing lost", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    using errors = await collect(session, session.names.channel("errors"));
    const first = gate();
    let runs = 0;
    const role = roleOf("debbie");
    // No beat looks at the record before the first attempt ends.
    await using fleet = await launch(
      session,
      [
        {
          role,
          run: async () => {
            if (++runs > 1) return "second";
            await first.opened;
            return "first";
          },
        },
      ],
      { heartbeatMs: 30_000 },
    );
    await publish(session, { task_id: "t", title: "T", type: "debbie" });
    await eventually(() => runs === 1);
    const fence = fenceOf(await getTask(session, "t"));
    await using other = await openTestSession(server.url, session.workspace);
    await using _next = await launch(other, [{ role, run: () => Promise.resolve("second") }]);
    // Only the second launcher has a free hand: the first one's agent is running this very task.
    await new TaskStore(session).apply("t", { type: "owner_lost", fence, message: "thought to be silent" });
    const record = await taskWhen(session, "t", "completed");
    expect(record).toMatchObject({ attempts: 2, epoch: 2, result: { summary: "second" } });
    first.open();
    expect(await eventually(() => fleet.events.find(({ type }) => type === "stale_result"))).toMatchObject({
      ...{ agent_id: "debbie", task_id: "t" },
    });
    expect((await eventually(() => errors[0])).body).toMatchObject({ reason: "stale_result", task_id: "t", epoch: 1 });
    expect((await lateResult(session, "t.1")).report).toMatchObject({ result: { summary: "first" } });
    const { history, ...rest } = await getRecord(session, "t");
    expect({ ...rest, history: record.history }).toEqual(record);
    expect(history).toMatchObject([{ outcome: "lost", late: { summary: "first" } }, record.history[1]]);
    using completed = await collect(session, session.names.event("completed"));
    expect(completed).toHaveLength(1);
  });

  const LARGE = "x".repeat(1024 * 1024);
  const largeEntry = (fence: Fence): OutboxEntry => {
    const result = { ...emptyResult(), summary: "large", data: LARGE };
    const handoff = [NewTask.parse({ title: "Child", payload: LARGE })];
    return { ...entryOf("t", fence), report: { type: "completed", fence, result, handoff } };
  };
  /** The names of everything that is kept beside records. */
  async function stored(session: Session): Promise<string[]> {
    const bucket = await new Objm(session.nc).open(session.names.artifacts.name);
    return (await bucket.list()).map(({ name }) => name).sort();
  }
  const leave = async (session: Session, ...entries: OutboxEntry[]): Promise<void> => {
    await mkdir(outboxDir(session), { recursive: true });
    const puts = entries.map((entry) => ({ put: entry }));
    await writeFile(join(outboxDir(session), leftJournalName("gone")), lines(...puts));
  };

  test("a large result whose launcher died after storing it, before the record: delivered as one", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const entry = largeEntry(fenceOf(await claimedByGhost(session, "t")));
    // What the launcher had done when it died: the objects are written, the record is not.
    const { objects } = takeValuesOut(entry.report, "t", limitsOf(session));
    await keepValues(session, objects);
    expect(await stored(session)).toEqual(["payload/t-h1.1", "result/t.1"]);
    await leave(session, entry);
    await using _fleet = await launch(session, []);
    expect((await taskWhen(session, "t", "completed")).result).toMatchObject({ summary: "large", data: LARGE });
    expect((await taskWhen(session, "t-h1", "available")).payload).toBe(LARGE);
    expect(await stored(session)).toEqual(["payload/t-h1.1", "result/t.1"]);
    const { messages } = (await session.jsm.streams.info(session.names.artifacts.stream)).state;
    expect(messages).toBe(2 * (9 + 1));
  });

  test("a large result that comes too late is the late result, whole; what was stored for the record goes", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const entry = largeEntry(fenceOf(await claimedByGhost(session, "t")));
    await keepValues(session, takeValuesOut(entry.report, "t", limitsOf(session)).objects);
    await cancelTask(session, "t", "kim", null);
    await leave(session, entry);
    await using fleet = await launch(session, []);
    await eventually(() => fleet.events.find(({ type }) => type === "stale_result"));
    const record = await getTask(session, "t");
    expect(record).toMatchObject({ status: "cancelled", result: null, result_object: null, handoff: [] });
    expect(record.history).toMatchObject([
      { outcome: "cancelled", late: { outcome: "completed", result: { data: LARGE } } },
    ]);
    expect(JSON.stringify(await getRecord(session, "t")).length).toBeLessThan(5_000);
    expect(await stored(session)).toEqual(["late/t.1"]);
  });

  test("of a task that was removed meanwhile, nothing is kept and nobody is told but the observers", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    using errors = await collect(session, session.names.channel("errors"));
    const entry = largeEntry(fenceOf(await claimedByGhost(session, "t")));
    const { tasks } = session.names;
    await removeKey(session, tasks, "t", (await readKey(session, tasks, "t")).revision);
    await leave(session, entry);
    await using fleet = await launch(session, []);
    const notice = await eventually(() => fleet.events.find(({ type }) => type === "stale_result"));
    expect(notice).toMatchObject({ task_id: "t", kept: false, message: "task t is gone: it was removed" });
    await eventually(async () => (await journals(session)).length === 0);
    expect([await stored(session), errors.length]).toEqual([[], 0]);
  });
});
