import { setTimeout as sleep } from "node:timers/promises";
import type { StreamConfig } from "@nats-io/jetstream";
import { headers } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Session } from "../../src/nats/session.js";
import { deliveryOf } from "../../src/nats/delivery.js";
import { tail, type TailOptions } from "../../src/nats/tail.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
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

interface Followed extends Disposable {
  seen: string[];
  seqs: number[];
  notes: string[];
  caughtUp: Promise<void>;
  stop(): void;
}

function follow(of: Session, options: Pick<TailOptions, "stream" | "filter" | "start">): Followed {
  const done = new AbortController();
  const seen: string[] = [];
  const seqs: number[] = [];
  const notes: string[] = [];
  const caughtUp = new Promise<void>((resolve) => {
    tail(of, {
      ...options,
      signal: done.signal,
      onMessage: (message) => {
        seen.push(message.json() as string);
        seqs.push(message.seq);
      },
      onCaughtUp: () => {
        notes.push("caught up");
        resolve();
      },
      onReset: () => notes.push("reset"),
      onBreak: () => notes.push("break"),
    });
  });
  return { seen, seqs, notes, caughtUp, stop: () => done.abort(), [Symbol.dispose]: () => done.abort() };
}

let streams = 0;
async function newStream(over: Partial<StreamConfig> = {}): Promise<{ stream: string; subject: string }> {
  const n = ++streams;
  const [stream, subject] = [`TAIL${n}`, `tail${n}`];
  await session.jsm.streams.add({ name: stream, subjects: [`${subject}.>`], ...over });
  return { stream, subject };
}
const say = (subject: string, ...texts: string[]): Promise<unknown> =>
  Promise.all(texts.map((text) => session.js.publish(subject, JSON.stringify(text))));
const consumersOf = async (stream: string): Promise<number> =>
  (await session.jsm.streams.info(stream)).state.consumer_count;
const texts = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, n) => `m${from + n}`);

describe("where it begins", () => {
  test.each([
    ["all", ["a1", "b1", "a2"]],
    ["last", ["b1", "a2"]],
    ["new", []],
    [{ seq: 2 }, ["b1", "a2"]],
  ] as const)("%j: what was there, then caught up once, then what comes", async (start, before) => {
    const { stream, subject } = await newStream();
    for (const [key, text] of [
      ["a", "a1"],
      ["b", "b1"],
      ["a", "a2"],
    ] as const) {
      await say(`${subject}.${key}`, text);
    }
    using followed = follow(session, { stream, filter: `${subject}.>`, start });
    await followed.caughtUp;
    expect(followed.seen).toEqual(before);
    await say(`${subject}.a`, "a3");
    await eventually(() => followed.seen.length === before.length + 1);
    expect(followed.seen).toEqual([...before, "a3"]);
    expect(followed.notes).toEqual(["caught up"]);
  });

  test("a time: what was stored since, then what comes", async () => {
    const { stream, subject } = await newStream();
    await say(`${subject}.a`, "a1");
    await sleep(2);
    await say(`${subject}.a`, "a2");
    const { time } = (await session.jsm.streams.getMessage(stream, { seq: 2 }))!;
    for (const [at, before] of [
      [time, ["a2"]],
      [new Date(time.getTime() + 60_000), []],
    ] as const) {
      using followed = follow(session, { stream, filter: `${subject}.>`, start: { time: at } });
      await followed.caughtUp;
      expect(followed.seen).toEqual(before);
    }
  });

  test("from the middle of a stream with gaps, of which 2.9 counts more than it sends", async () => {
    const { stream, subject } = await newStream({ allow_rollup_hdrs: true });
    const rollup = headers();
    rollup.set("Nats-Rollup", "sub");
    const times: Date[] = [];
    for (let n = 0; n < 60; n++) {
      times.push(new Date());
      await sleep(2);
      for (const key of n < 40 ? ["a", "b"] : ["a"]) {
        await session.js.publish(`${subject}.${key}`, JSON.stringify(`${key}${n}`), { headers: rollup });
      }
      if (n % 5 === 0) await say(`${subject}.kept`, `kept${n}`);
    }
    for (const time of times) {
      using followed = follow(session, { stream, filter: `${subject}.>`, start: { time } });
      await followed.caughtUp;
      expect(followed.seen.at(-1)).toBe("a59");
    }
  });

  test("an empty stream is caught up at once, and once", async () => {
    const { stream, subject } = await newStream();
    using followed = follow(session, { stream, filter: `${subject}.>`, start: "all" });
    await followed.caughtUp;
    await say(`${subject}.a`, "first");
    await eventually(() => followed.seen.length === 1);
    expect(followed.notes).toEqual(["caught up"]);
  });

  test("a filter that fits nothing is caught up, too", async () => {
    const { stream, subject } = await newStream();
    await say(`${subject}.a`, "a1");
    using followed = follow(session, { stream, filter: `${subject}.b`, start: "last" });
    await followed.caughtUp;
    expect(followed.seen).toEqual([]);
  });

  test("a stream that does not exist yet is followed once it does", async () => {
    using followed = follow(session, { stream: "LATER", filter: "later.>", start: "all" });
    await session.jsm.streams.add({ name: "LATER", subjects: ["later.>"] });
    await say("later.a", "a1");
    await followed.caughtUp;
    await eventually(() => followed.seen.length === 1);
  });
});

test("thousands of messages come in order, none twice, none missing", async () => {
  const { stream, subject } = await newStream();
  const count = 5_000;
  using followed = follow(session, { stream, filter: `${subject}.>`, start: "all" });
  for (let n = 1; n <= count; n += 500) await say(`${subject}.a`, ...texts(n, n + 499));
  await eventually(() => followed.seen.length >= count);
  expect(followed.seen).toEqual(texts(1, count));
  expect(followed.seqs).toEqual(Array.from({ length: count }, (_, n) => n + 1));
});

test("aborting ends it: nothing is handed on any more, and its consumer is gone from the server", async () => {
  const { stream, subject } = await newStream();
  const followed = follow(session, { stream, filter: `${subject}.>`, start: "all" });
  await followed.caughtUp;
  expect(await consumersOf(stream)).toBe(1);
  followed.stop();
  await say(`${subject}.a`, "too late");
  await eventually(async () => (await consumersOf(stream)) === 0);
  expect(followed.seen).toEqual([]);
});

test("aborting while it opens leaves nothing behind", async () => {
  const { stream, subject } = await newStream();
  const followed = follow(session, { stream, filter: `${subject}.>`, start: "all" });
  followed.stop();
  await say(`${subject}.a`, "too late");
  await eventually(async () => (await consumersOf(stream)) === 0);
  // Not even later, when the answer to the opening has come.
  await session.nc.flush();
  expect(await consumersOf(stream)).toBe(0);
  expect(followed.seen).toEqual([]);
});

test("a signal that is aborted already opens nothing", async () => {
  const { stream, subject } = await newStream();
  tail(session, {
    stream,
    filter: `${subject}.>`,
    start: "all",
    signal: AbortSignal.abort(),
    onMessage: () => expect.unreachable(),
  });
  await say(`${subject}.a`, "a1");
  expect(await consumersOf(stream)).toBe(0);
});

test("all of a bucket is there when it is caught up, however its values change meanwhile", async () => {
  const { stream, subject } = await newStream({ max_msgs_per_subject: 1 });
  await using writer = await openTestSession(server.url, session.workspace);
  const keys = Array.from({ length: 300 }, (_, n) => `${subject}.${n}`);
  const writeAll = () => Promise.all(keys.map((key) => writer.js.publish(key, JSON.stringify(key))));
  await writeAll();
  const ending = new AbortController();
  const writing = (async () => {
    while (!ending.signal.aborted) await writeAll();
  })();
  for (let n = 0; n < 25; n++) {
    using followed = follow(session, { stream, filter: `${subject}.>`, start: "last" });
    await followed.caughtUp;
    expect(new Set(followed.seen).size).toBe(keys.length);
  }
  ending.abort();
  await writing;
});

// Side by side: these wait for connections and silences, not for a processor.
describe.concurrent("breaks", () => {
  test("its consumer is deleted on the server: it makes another and misses nothing", async () => {
    const { stream, subject } = await newStream();
    using followed = follow(session, { stream, filter: `${subject}.>`, start: "new" });
    await followed.caughtUp;
    await say(`${subject}.a`, ...texts(1, 3));
    await eventually(() => followed.seen.length === 3);
    for await (const { name } of session.jsm.consumers.list(stream)) await session.jsm.consumers.delete(stream, name);
    await say(`${subject}.a`, ...texts(4, 6));
    await eventually(() => followed.seen.length === 6, 40_000);
    expect(followed.seen).toEqual(texts(1, 6));
    expect(followed.notes).toEqual(["caught up", "break"]);
  }, 60_000);

  test("a connection that is cut: what came meanwhile is caught up on, in order, without gaps", async () => {
    const { stream, subject } = await newStream();
    await using proxy = await startProxy(server.port);
    await using remote = await openTestSession(proxy.url, session.workspace);
    using followed = follow(remote, { stream, filter: `${subject}.>`, start: "new" });
    await followed.caughtUp;
    let said = 0;
    for (let cuts = 0; cuts < 3; cuts++) {
      await say(`${subject}.a`, ...texts(said + 1, said + 100));
      proxy.cut({ refuse: true });
      await say(`${subject}.a`, ...texts(said + 101, said + 200));
      said += 200;
      proxy.accept();
      await eventually(() => followed.seen.length >= said);
    }
    expect(followed.seen).toEqual(texts(1, said));
    expect(followed.notes.filter((note) => note === "caught up")).toHaveLength(1);
    expect(followed.notes).toContain("break");
    expect(followed.notes).not.toContain("reset");
  });

  test("nothing had come yet when the connection was cut: what came meanwhile is new all the same", async () => {
    const { stream, subject } = await newStream();
    await say(`${subject}.a`, "before");
    await using proxy = await startProxy(server.port);
    await using remote = await openTestSession(proxy.url, session.workspace);
    using followed = follow(remote, { stream, filter: `${subject}.>`, start: "new" });
    await followed.caughtUp;
    proxy.cut({ refuse: true });
    await say(`${subject}.a`, "meanwhile");
    proxy.accept();
    await eventually(() => followed.seen.length > 0);
    expect(followed.seen).toEqual(["meanwhile"]);
  });

  test("a stream that was deleted and made anew, shorter than what was read: reset, then from its beginning", async () => {
    const { stream, subject } = await newStream();
    await using proxy = await startProxy(server.port);
    await using remote = await openTestSession(proxy.url, session.workspace);
    using followed = follow(remote, { stream, filter: `${subject}.>`, start: "all" });
    await say(`${subject}.a`, ...texts(1, 5));
    await eventually(() => followed.seen.length === 5);
    proxy.cut({ refuse: true });
    await session.jsm.streams.delete(stream);
    await session.jsm.streams.add({ name: stream, subjects: [`${subject}.>`] });
    await say(`${subject}.a`, "anew 1", "anew 2");
    proxy.accept();
    await eventually(() => followed.seen.length === 7);
    expect(followed.seen.slice(5)).toEqual(["anew 1", "anew 2"]);
    expect(followed.notes).toContain("reset");
    await eventually(() => followed.notes.at(-1) === "caught up");
  });

  test("a stream that was made anew and is longer than what was read is another one all the same", async () => {
    const { stream, subject } = await newStream();
    await using proxy = await startProxy(server.port);
    await using remote = await openTestSession(proxy.url, session.workspace);
    using followed = follow(remote, { stream, filter: `${subject}.>`, start: "all" });
    await say(`${subject}.a`, ...texts(1, 2));
    await eventually(() => followed.seen.length === 2);
    proxy.cut({ refuse: true });
    await session.jsm.streams.delete(stream);
    await session.jsm.streams.add({ name: stream, subjects: [`${subject}.>`] });
    await say(`${subject}.a`, "anew 1", "anew 2", "anew 3");
    proxy.accept();
    await eventually(() => followed.seen.length === 5);
    expect(followed.seen.slice(2)).toEqual(["anew 1", "anew 2", "anew 3"]);
    expect(followed.notes).toContain("reset");
  });

  test("server restarts on the same store: nothing is missed, nothing comes twice", async () => {
    await using own = await startTestServer();
    await using follower = await openTestSession(own.url, freshWorkspace());
    await using publisher = await openTestSession(own.url, follower.workspace);
    const { stream } = follower.names.work;
    const subject = follower.names.channel("general");
    const tell = async (text: string): Promise<unknown> =>
      // A publish that was not answered may have been stored: the id makes a second one a duplicate.
      eventually(() => publisher.js.publish(subject, JSON.stringify(text), { msgID: text, timeout: 1_000 }));
    using followed = follow(follower, { stream, filter: subject, start: "all" });
    await followed.caughtUp;
    for (const text of texts(1, 20)) await tell(text);
    await own.restart();
    for (const text of texts(21, 40)) await tell(text);
    await own.stop();
    const telling = tell("m41");
    await own.restart();
    await telling;
    await eventually(() => followed.seen.length >= 41);
    expect(followed.seen).toEqual(texts(1, 41));
    expect(followed.notes.filter((note) => note === "caught up")).toHaveLength(1);
    expect(followed.notes).not.toContain("reset");
  });
});

test.each([
  ["$JS.ACK.S.c.1.5.3.1700000000000000000.2", { tries: 1, seq: 5, delivered: 3 }],
  ["$JS.ACK._.acc.S.c.2.6.4.1700000000000000000.2.rnd", { tries: 2, seq: 6, delivered: 4 }],
])("an ack subject tells its delivery: %s", (reply, told) => {
  expect(deliveryOf(reply)).toMatchObject({ ...told, time: new Date(1_700_000_000_000) });
});

test.each(["", "_INBOX.abc", "$JS.ACK.S", "$JS.API.INFO.a.b.c.d.e.f.g"])("no ack subject: %j", (reply) => {
  expect(deliveryOf(reply)).toBeNull();
});
