import { Objm } from "@nats-io/obj";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { putObject, readObject, removeObject } from "../../src/nats/objects.js";
import { removeMessages } from "../../src/nats/remove.js";
import type { Session } from "../../src/nats/session.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
let session: TestSession;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  session = await openTestSession(server.url, freshWorkspace());
});
afterEach(() => session[Symbol.asyncDispose]());

const NAME = "result/t.1";
const CHUNKS = "t.result-1";
const put = (text: string, of: Session = session): Promise<void> => putObject(of, NAME, CHUNKS, text);
const read = (): Promise<string | null> => readObject(session, NAME);
const stored = async (): Promise<number> =>
  (await session.jsm.streams.info(session.names.artifacts.stream)).state.messages;

/** Text of many bytes, with characters of one to four of them, that no chunk of it is like another. */
const large = (megabytes: number): string => {
  const lines: string[] = [];
  for (let bytes = 0; bytes < megabytes * 1024 * 1024; bytes += 64) lines.push(`${bytes} äöü … 字 🙂 `.padEnd(50, "x"));
  return lines.join("\n");
};

describe("an object", () => {
  test.each([
    ["nothing", ""],
    ["a word", "word"],
    ["control characters and half a surrogate pair, as JSON has them", JSON.stringify("\0\u0007 \ud800 \n")],
    ["exactly one chunk", "x".repeat(128 * 1024)],
    ["one byte more", "x".repeat(128 * 1024 + 1)],
    ["many chunks", large(8)],
  ])("comes back as it was: %s", async (_, text) => {
    expect(await read()).toBeNull();
    await put(text);
    expect(await read()).toBe(text);
    await removeObject(session, NAME);
    expect(await read()).toBeNull();
    expect(await stored()).toBe(0);
    await removeObject(session, NAME);
  });

  test("put again is the same object; with another content it is another, and nothing is left of the first", async () => {
    await put(large(1));
    const once = await stored();
    await put(large(1));
    expect(await stored()).toBe(once);
    await put("small");
    expect(await read()).toBe("small");
    expect(await stored()).toBe(2);
  });

  test("put by eight at once: one is there, nothing of the others", async () => {
    const text = large(1);
    await Promise.all(Array.from({ length: 8 }, () => put(text)));
    expect(await read()).toBe(text);
    expect(await stored()).toBe(Math.ceil(Buffer.byteLength(text) / (128 * 1024)) + 1);
  });

  test("whose chunks are gone is not there, and is not waited for", async () => {
    await put(large(1));
    const { name, stream } = session.names.artifacts;
    await removeMessages(session, stream, `$O.${name}.C.t.>`);
    expect(await read()).toBeNull();
    // Some of them, too.
    await removeObject(session, NAME);
    await put(large(1));
    await session.jsm.streams.deleteMessage(stream, (await session.jsm.streams.info(stream)).state.last_seq - 2, false);
    expect(await read()).toBeNull();
  });

  test("is written through a connection that breaks", async () => {
    await using proxy = await startProxy(server.port);
    await using shaky = await openTestSession(proxy.url, session.workspace);
    const text = large(4);
    const putting = put(text, shaky);
    const cuts = setInterval(() => proxy.cut(), 30);
    setTimeout(() => clearInterval(cuts), 100);
    await putting;
    expect(await read()).toBe(text);
  });

  test("whose entry was stored though the answer was lost is kept whole", async () => {
    await using proxy = await startProxy(server.port);
    await using shaky = await openTestSession(proxy.url, session.workspace);
    const lost = proxy.loseAnswer('"deleted":false', '"seq"');
    const text = large(1);
    await put(text, shaky);
    await lost;
    expect(await read()).toBe(text);
    expect(await stored()).toBe(Math.ceil(Buffer.byteLength(text) / (128 * 1024)) + 1);
  });

  test("is what the client library, and so the nats CLI, takes for one, and the other way round", async () => {
    const bucket = await new Objm(session.nc).open(session.names.artifacts.name);
    const text = large(1);
    await put(text);
    const blob = await bucket.getBlob(NAME);
    expect(new TextDecoder().decode(blob ?? undefined)).toBe(text);
    expect((await bucket.list()).map(({ name, size }) => [name, size])).toEqual([[NAME, Buffer.byteLength(text)]]);
    await bucket.putBlob({ name: "pages/about.html" }, new TextEncoder().encode(text));
    expect(await readObject(session, "pages/about.html")).toBe(text);
    await bucket.delete(NAME);
    expect(await read()).toBeNull();
    await put("again");
    expect(await read()).toBe("again");
  });

  test("reading one ends when the signal aborts", async () => {
    await put(large(1));
    await expect(readObject(session, NAME, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
