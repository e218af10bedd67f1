import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeMessages } from "../../src/nats/remove.js";
import type { Session } from "../../src/nats/session.js";
import { readStored } from "../../src/nats/stored.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** What the log of each of these tasks holds. */
async function logs(session: Session, ...ids: string[]): Promise<string[][]> {
  return await Promise.all(
    ids.map(async (id) => {
      const texts: string[] = [];
      const from = { stream: session.names.logs.stream, filter: session.names.log(id) };
      await readStored(session, from, ({ data }) => texts.push(new TextDecoder().decode(data)));
      return texts;
    }),
  );
}

async function write(session: Session, id: string, count: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, n) => `${id} ${n}`);
  for (const text of texts) await session.publisher.publish(session.names.log(id), text);
  return texts;
}

describe("removeMessages", () => {
  test("removes what a subject has; others' messages are untouched, also after the server was restarted, and killed", async () => {
    const workspace = freshWorkspace();
    await using session = await openTestSession(server.url, workspace);
    const { stream } = session.names.logs;
    const [first, second] = [await write(session, "before", 5), await write(session, "gone", 90)];
    const [third] = [await write(session, "after", 5)];
    expect(await logs(session, "before", "gone", "after")).toEqual([first, second, third]);

    expect(await removeMessages(session, stream, session.names.log("gone"))).toBe(90);
    expect(await logs(session, "before", "gone", "after")).toEqual([first, [], third]);
    await server.restart();
    await session.whenConnected(20_000);
    expect(await logs(session, "before", "gone", "after")).toEqual([first, [], third]);
    const again = await write(session, "gone", 2);
    await server.kill9();
    await server.restart();
    await session.whenConnected(20_000);
    expect(await logs(session, "before", "gone", "after")).toEqual([first, again, third]);
    expect((await session.jsm.streams.info(stream)).state.messages).toBe(12);
  });

  test("takes a wildcard, leaves the streams beside it, and finds nothing where nothing is", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const { logs: log, work } = session.names;
    await write(session, "a", 3);
    await write(session, "b", 3);
    await session.publisher.publish(session.names.channel("general"), "hello");
    expect(await removeMessages(session, log.stream, session.names.log("c"))).toBe(0);
    expect(await removeMessages(session, log.stream, session.names.log("*"))).toBe(6);
    expect((await session.jsm.streams.info(log.stream)).state.messages).toBe(0);
    expect((await session.jsm.streams.info(work.stream)).state.messages).toBe(1);
  });

  test("several at once at the same subject: each message goes once, nobody is told of an error", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const { stream } = session.names.logs;
    await write(session, "a", 100);
    const kept = await write(session, "b", 1);
    await Promise.all(Array.from({ length: 4 }, () => removeMessages(session, stream, session.names.log("a"))));
    expect(await logs(session, "a", "b")).toEqual([[], kept]);
  });

  test("says so when the stream does not let messages be removed", async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const { roles } = session.names;
    await session.publisher.publish(roles.subject("t"), "{}");
    await expect(removeMessages(session, roles.stream, roles.subject("t"))).rejects.toThrow(/delete/);
    expect((await session.jsm.streams.info(roles.stream)).state.messages).toBe(1);
  });
});
