import { afterAll, beforeAll, expect, test } from "vitest";
import { type LogLine, LogWriter, readLog } from "../../src/nats/logs.js";
import type { Session } from "../../src/nats/session.js";
import { eventually } from "../support/eventually.js";
import { startProxy } from "../support/proxy.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
let session: TestSession;
beforeAll(async () => {
  server = await startTestServer();
  session = await openTestSession(server.url, freshWorkspace());
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const of = (task_id: string, attempt = 1) => ({ task_id, attempt, epoch: attempt, agent_id: "Debbie" });

/** Everything that is in the log of a task now. */
async function logOf(from: Session, taskId: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const done = new AbortController();
  await new Promise<void>((resolve) => {
    readLog(from, taskId, { signal: done.signal, onLine: (line) => lines.push(line), onCaughtUp: resolve });
  });
  done.abort();
  return lines;
}

test("lines come back as they were written: in order, numbered, by stream and attempt; other tasks' stay theirs", async () => {
  const [first, other] = [new LogWriter(session, of("a")), new LogWriter(session, of("b"))];
  first.write("stdout", "one");
  other.write("stdout", "of b");
  first.write("stderr", "two");
  expect([await first.close(), await other.close()]).toEqual([0, 0]);
  const second = new LogWriter(session, of("a", 2));
  second.write("stdout", "again");
  await second.close();
  expect(await logOf(session, "a")).toMatchObject([
    { seq: 1, stream: "stdout", text: "one", attempt: 1, epoch: 1, agent_id: "Debbie" },
    { seq: 2, stream: "stderr", text: "two", attempt: 1 },
    { seq: 1, stream: "stdout", text: "again", attempt: 2, epoch: 2 },
  ]);
  for (const { time } of await logOf(session, "a")) expect(new Date(time).toISOString()).toBe(time);
});

test("what is being written is followed while it is written", async () => {
  const seen: string[] = [];
  const done = new AbortController();
  readLog(session, "live", { signal: done.signal, onLine: ({ text }) => seen.push(text) });
  const writer = new LogWriter(session, of("live"));
  for (const text of ["one", "two"]) {
    writer.write("stdout", text);
    await eventually(() => seen.at(-1) === text);
  }
  done.abort();
  await writer.close();
  expect(seen).toEqual(["one", "two"]);
});

test("ten thousand lines at once are all kept", async () => {
  const writer = new LogWriter(session, of("many"));
  for (let n = 1; n <= 10_000; n++) writer.write("stdout", `line ${n}`);
  expect(await writer.close()).toBe(0);
  const lines = await logOf(session, "many");
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 10_000 }, (_, n) => n + 1));
});

test("more than may wait for the server is dropped, counted, and shows as a gap", async () => {
  const writer = new LogWriter(session, of("flood"));
  const line = "x".repeat(60_000);
  for (let n = 1; n <= 200; n++) writer.write("stdout", line);
  const dropped = await writer.close();
  expect(dropped).toBeGreaterThan(0);
  const after = await logOf(session, "flood");
  expect(after).toHaveLength(200 - dropped);
  writer.write("stdout", "the last one");
  expect(await writer.close()).toBe(dropped);
  expect((await logOf(session, "flood")).at(-1)).toMatchObject({ seq: 201, text: "the last one" });
});

test("a line the server will not take is dropped, and the next ones are kept", async () => {
  const writer = new LogWriter(session, of("large"));
  writer.write("stdout", "before");
  writer.write("stdout", "x".repeat(1_500_000));
  expect(await writer.close()).toBeGreaterThan(0);
  writer.write("stdout", "after");
  await writer.close();
  expect((await logOf(session, "large")).at(-1)?.text).toBe("after");
});

test("lines as short as can be, many at once, never make a batch too large for the server", async () => {
  const writer = new LogWriter(session, of("short"));
  const count = 60_000;
  for (let n = 0; n < count; n++) writer.write("stdout", "");
  expect(await writer.close()).toBe(0);
  expect(await logOf(session, "short")).toHaveLength(count);
  for (let n = 0; n < 200_000; n++) writer.write("stdout", "");
  expect(await writer.close(), "empty lines take room, too").toBeGreaterThan(0);
});

test("a batch whose answer was lost is there once", async () => {
  await using proxy = await startProxy(server.port);
  await using shaky = await openTestSession(proxy.url, session.workspace);
  const writer = new LogWriter(shaky, of("once"));
  const lost = proxy.loseAnswer("only once", '"seq"');
  writer.write("stdout", "only once");
  await lost;
  writer.write("stdout", "and on");
  expect(await writer.close()).toBe(0);
  expect((await logOf(session, "once")).map(({ text }) => text)).toEqual(["only once", "and on"]);
});

test("what is written while the server is away is there when it is back, all of it, in order", async () => {
  await using own = await startTestServer();
  await using away = await openTestSession(own.url, freshWorkspace());
  const writer = new LogWriter(away, of("t"));
  let written = 0;
  const write = setInterval(() => {
    for (let n = 0; n < 50; n++) writer.write("stdout", `line ${++written}`);
  }, 10);
  await eventually(() => written > 500);
  await own.kill9();
  const atDeath = written;
  await eventually(() => written > atDeath + 2_000);
  await own.restart();
  await away.whenConnected(20_000);
  const atReturn = written;
  await eventually(() => written > atReturn + 500);
  clearInterval(write);
  expect(await writer.close()).toBe(0);
  expect((await logOf(away, "t")).map(({ seq, text }) => [seq, text])).toEqual(
    Array.from({ length: written }, (_, n) => [n + 1, `line ${n + 1}`]),
  );
});

test("what people are shown of a line is kept beside it, perhaps nothing, and never more than a line has", async () => {
  const writer = new LogWriter(session, of("shown"));
  writer.write("stdout", '{"text":"a\\nb"}', ["a", "b"]);
  writer.write("stdout", "{}", []);
  writer.write("stdout", "{}", ["first", "x".repeat(20_000), "last"]);
  for (let n = 0; n < 100; n++) writer.write("stdout", "{}", ["y".repeat(16_000)]);
  expect(await writer.close()).toBe(0);
  const lines = await logOf(session, "shown");
  expect(lines).toHaveLength(103);
  expect(lines.slice(0, 2).map(({ text, shown }) => [text, shown])).toEqual([
    ['{"text":"a\\nb"}', ["a", "b"]],
    ["{}", []],
  ]);
  const [first, second, ...rest] = lines[2]!.shown!;
  expect([first, second!.length < 16_500, rest]).toEqual(["first", true, []]);
  expect(second).toMatch(/^x+… \[3,\d\d\d more characters\]$/);
});

test("a log is read on from any of its batches", async () => {
  const seqs: number[] = [];
  for (const text of ["one", "two"]) {
    const writer = new LogWriter(session, of("from"));
    writer.write("stdout", text);
    await writer.close();
  }
  const done = new AbortController();
  const read = (from?: number): Promise<string[]> =>
    new Promise((resolve) => {
      const texts: string[] = [];
      const onLine = ({ text }: LogLine, seq: number): void => {
        texts.push(text);
        seqs.push(seq);
      };
      const onCaughtUp = (): void => resolve(texts);
      readLog(session, "from", { signal: done.signal, onLine, onCaughtUp, ...(from !== undefined && { from }) });
    });
  expect(await read()).toEqual(["one", "two"]);
  expect(await read(seqs[1])).toEqual(["two"]);
  expect(await read(seqs[1]! + 1)).toEqual([]);
  done.abort();
});

test("what is not a log is passed over", async () => {
  await session.js.publish(session.names.log("junk"), "not a log");
  const writer = new LogWriter(session, of("junk"));
  writer.write("stdout", "a line");
  await writer.close();
  expect((await logOf(session, "junk")).map(({ text }) => text)).toEqual(["a line"]);
});
