import { createHash, randomBytes } from "node:crypto";
import { Objm } from "@nats-io/obj";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesOf, keepFile, readFileOf } from "../../src/nats/artifact-files.js";
import { keepValues, removeArtifacts } from "../../src/nats/artifacts.js";
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
const sha256 = (data: Buffer): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

test("files come back as they were, of any name and size, with what there is to know about them", async () => {
  const files: [string, Buffer, string][] = [
    ["a b/ü*>.html", Buffer.from("<p>"), "text/html"],
    ["empty", Buffer.alloc(0), "application/octet-stream"],
    ["large.bin", randomBytes(1_000_000), "application/octet-stream"],
  ];
  for (const [name, data] of files) await keepFile(session, of("t"), name, data);
  await keepValues(session, [{ name: "result/t.1", json: "{}" }]);
  await keepFile(session, of("other"), "no concern of t", Buffer.from("x"));
  const found = await filesOf(session, "t");
  expect(found).toEqual(
    files.map(([name, data, media_type]) => ({
      ...{ name, media_type, size: data.length, digest: sha256(data), attempt: 1, epoch: 1, agent_id: "Debbie" },
      object: expect.stringMatching(/^artifact\/t\.1-[0-9a-f]{32}$/) as string,
      stored_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    })),
  );
  // Not compared as objects: that takes seconds.
  for (const [index, [, data]] of files.entries()) {
    expect((await readFileOf(session, found[index]!))?.equals(data)).toBe(true);
  }
});

test("each attempt has its own; the same file again changes nothing", async () => {
  await keepFile(session, of("again", 1), "a", Buffer.from("one"));
  await keepFile(session, of("again", 1), "a", Buffer.from("one"));
  await keepFile(session, of("again", 2), "a", Buffer.from("two"));
  const found = await filesOf(session, "again");
  expect(found.map(({ attempt, size }) => [attempt, size])).toEqual([
    [1, 3],
    [2, 3],
  ]);
  expect((await readFileOf(session, found[1]!))?.toString()).toBe("two");
});

test("they go with everything else of their task, empty ones too", async () => {
  const stored = async (): Promise<number> =>
    (await session.jsm.streams.info(session.names.artifacts.stream)).state.messages;
  const before = await stored();
  await keepFile(session, of("gone"), "empty", Buffer.alloc(0));
  await keepFile(session, of("gone"), "b", randomBytes(300_000));
  await removeArtifacts(session, "gone");
  expect(await filesOf(session, "gone")).toEqual([]);
  expect(await stored()).toBe(before);
});

test("any NATS client reads them", async () => {
  await keepFile(session, of("lib"), "empty", Buffer.alloc(0));
  await keepFile(session, of("lib"), "page.html", Buffer.from("<p>"));
  const store = await new Objm(session.js).open(session.names.artifacts.name);
  for (const { object, size, name } of await filesOf(session, "lib")) {
    expect(await store.info(object)).toMatchObject({ size, metadata: { name, attempt: "1" } });
    expect((await store.getBlob(object))?.length).toBe(size);
  }
});
