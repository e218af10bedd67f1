import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { objectName } from "../../src/domain/large-values.js";
import { dropValues, keepValues, removeArtifacts } from "../../src/nats/artifacts.js";
import { putObject, readObject } from "../../src/nats/objects.js";
import { removeMessages } from "../../src/nats/remove.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
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

const stored = async (): Promise<number> =>
  (await session.jsm.streams.info(session.names.artifacts.stream)).state.messages;

/** A payload, two results and a late result of a task. */
const namesOf = (id: string): string[] => [
  objectName("payload", id, "5f3c-x"),
  objectName("result", id, 1),
  objectName("result", id, 22),
  objectName("late", id, 1),
];
const keep = (names: readonly string[]): Promise<void> =>
  keepValues(
    session,
    names.map((name) => ({ name, json: JSON.stringify(name.repeat(20_000)) })),
  );
const found = async (names: readonly string[]): Promise<string[]> => {
  const there = await Promise.all(
    names.map(async (name) => ((await readObject(session, name)) === null ? [] : [name])),
  );
  return there.flat();
};

test("everything of a task is removed, and nothing of others, also when the server restarts after it", async () => {
  const [gone, near, other] = [namesOf("t1"), namesOf("t1-h1"), namesOf("t")];
  const mine = "report.html";
  await putObject(session, mine, "mine", "a file of somebody's");
  for (const names of [near, gone, other]) await keep(names);
  await removeArtifacts(session, "t1");
  await server.restart();
  await session.whenConnected(20_000);
  expect(await found([...gone, ...near, ...other, mine])).toEqual([...near, ...other, mine]);
  await removeArtifacts(session, "t1-h1");
  await removeArtifacts(session, "t");
  expect(await stored()).toBe(2);
  expect(await found([mine])).toEqual([mine]);
});

test("a task that has none, or never was, is fine", async () => {
  await keep(namesOf("other"));
  const before = await stored();
  await removeArtifacts(session, "none");
  await removeArtifacts(session, "other");
  await removeArtifacts(session, "other");
  expect([before > 0, await stored()]).toEqual([true, 0]);
});

test("what a crash left goes too: chunks without an entry, and what an interrupted removal left", async () => {
  const { name, stream } = session.names.artifacts;
  await session.publisher.publish(`$O.${name}.C.t.payload-abc.1`, "a chunk whose writer died");
  await keep(namesOf("t"));
  const [first = ""] = namesOf("t");
  await removeMessages(session, stream, `$O.${name}.M.${Buffer.from(first).toString("base64url")}=`);
  await removeArtifacts(session, "t");
  expect(await stored()).toBe(0);
});

test("an id of 128 characters is one like any other", async () => {
  const id = "A_-9".repeat(32);
  const names = namesOf(id);
  await keep(names);
  expect(await found(names)).toEqual(names);
  await dropValues(session, names.slice(0, 1));
  expect(await found(names)).toEqual(names.slice(1));
  await removeArtifacts(session, id);
  expect(await stored()).toBe(0);
});
