import { afterAll, beforeAll, expect, test } from "vitest";
import { lastBeat } from "../../src/nats/registry.js";
import { eventually } from "../support/eventually.js";
import { launch, roleOf, type TestLauncher } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const debbie = { role: roleOf("debbie", { display_name: "Debbie" }), run: () => Promise.resolve("ok") };

test("ten that register as Debbie at the same moment are Debbie and Debbie-2 to -10, and stay so", async () => {
  const workspace = freshWorkspace();
  const sessions: TestSession[] = [];
  for (let n = 0; n < 10; n++) sessions.push(await openTestSession(server.url, workspace));
  const fleets: TestLauncher[] = await Promise.all(sessions.map((session) => launch(session, [debbie])));
  const wanted = ["Debbie", ...Array.from({ length: 9 }, (_, n) => `Debbie-${n + 2}`)].sort();
  expect(fleets.flatMap(({ ids }) => ids).sort()).toEqual(wanted);
  // Each has beaten again under its id: nobody was taken for dead before it could be asked.
  for (const { ids, launcher } of fleets) {
    const [id] = ids;
    const first = await lastBeat(sessions[0]!, id!);
    await eventually(async () => (await lastBeat(sessions[0]!, id!)).seq > first.seq);
    expect((await lastBeat(sessions[0]!, id!)).beat?.instance_id).toBe(launcher.instanceId);
  }
  expect(fleets.flatMap(({ events }) => events).filter(({ type }) => type === "identity_lost")).toEqual([]);
  await Promise.all(fleets.map((fleet) => fleet[Symbol.asyncDispose]()));
  await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
});

test("after a goodbye, and after a connection that broke without one, the id is free again", async () => {
  const workspace = freshWorkspace();
  await using session = await openTestSession(server.url, workspace);
  const first = await launch(session, [debbie]);
  expect(first.ids).toEqual(["Debbie"]);
  await first[Symbol.asyncDispose]();
  const crashing = await openTestSession(server.url, workspace);
  const second = await launch(crashing, [debbie]);
  expect(second.ids).toEqual(["Debbie"]);
  await crashing[Symbol.asyncDispose]();
  await using third = await launch(session, [debbie]);
  expect(third.ids).toEqual(["Debbie"]);
  await second[Symbol.asyncDispose]();
  expect((await lastBeat(session, "Debbie")).beat).toMatchObject({
    instance_id: third.launcher.instanceId,
    status: "idle",
  });
});
