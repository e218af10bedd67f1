import "../support/state-dir.js";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Beat } from "../../src/domain/message.js";
import { lastBeat, sendBeat } from "../../src/nats/registry.js";
import { lead, stand } from "../support/candidates.js";
import { collect, type Heard } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { launch, roleOf } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

let session: TestSession;
let said: Heard[] & Disposable;
beforeEach(async () => {
  session = await openTestSession(server.url, freshWorkspace());
  said = await collect(session, session.names.channel("coordination"));
});
afterEach(async () => {
  said[Symbol.dispose]();
  await session[Symbol.asyncDispose]();
});

const LEASE_MS = 1_500;
const told = (): string[] => said.map(({ body }) => `${String(body["type"])} ${String(body["agent_id"])}`);
const beat = (over: Partial<Beat> = {}): Beat => ({
  ...{ agent_id: "Debbie", role: "debbie", description: "", status: "idle", current_task: null, current_tasks: [] },
  ...{ timestamp: session.now(), instance_id: "i1", host: "far", pid: 7, version: "0", started_at: session.now() },
  ...{ lease_ms: LEASE_MS, slots: 1 },
  ...over,
});

/** Beats until the leader cannot but have heard one, and no more. */
async function beatFor(ms: number, from = 0): Promise<number> {
  let seq = from;
  for (const until = performance.now() + ms; performance.now() < until;) {
    seq = await sendBeat(session, beat(), seq, 5_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return seq;
}

test("an agent tells that it comes and that it goes", async () => {
  const idle = roleOf("debbie", { display_name: "Debbie" });
  {
    await using fleet = await launch(session, [{ role: idle, run: () => Promise.resolve() }]);
    await eventually(() => said.length === 1);
    const { instanceId } = fleet.launcher;
    expect(said[0]?.body).toEqual({
      ...{ type: "agent_online", agent_id: "Debbie", role: "debbie", instance_id: instanceId, pid: process.pid },
      host: expect.any(String) as string,
      timestamp: expect.any(String) as string,
      message: "Debbie is online",
    });
  }
  await eventually(() => said.length === 2);
  expect(said[1]?.body).toMatchObject({ type: "agent_offline", agent_id: "Debbie", message: "Debbie has ended" });
});

test("the leader tells once that an idle agent fell silent, and that it is back; then that it is lost again", async () => {
  await using _leader = await lead(session);
  const seq = await beatFor(1_000);
  await eventually(() => said.length === 1);
  expect(said[0]?.body).toMatchObject({
    ...{ type: "agent_lost", agent_id: "Debbie", role: "debbie", instance_id: "i1", host: "far", pid: 7 },
    message: expect.stringMatching(/^Debbie was silent for [\d.]+s$/) as string,
  });
  await beatFor(300, seq);
  await eventually(() => said.length === 3);
  expect(told()).toEqual(["agent_lost Debbie", "agent_online Debbie", "agent_lost Debbie"]);
  expect(said[1]?.body["message"]).toBe("Debbie is heard again");
});

test("who said goodbye is not lost, nor who was lost before anybody looked", async () => {
  await sendBeat(session, beat({ agent_id: "Before", lease_ms: 1 }), 0, 5_000);
  await using _leader = await lead(session);
  await sendBeat(session, beat({ agent_id: "Ended", status: "offline", lease_ms: 1 }), 0, 5_000);
  await beatFor(1_000);
  await eventually(() => said.length > 0);
  expect(told()).toEqual(["agent_lost Debbie"]);
});

test("the next leader does not tell it again", async () => {
  await using other = await openTestSession(server.url, session.workspace);
  const first = await lead(session);
  await using next = stand(other, "next");
  await beatFor(1_000);
  await eventually(() => said.length === 1);
  await first[Symbol.asyncDispose]();
  await eventually(() => next.candidate.leading);
  // The next one has looked by the time it tells of another agent.
  const { seq } = await lastBeat(session, "Alice");
  await sendBeat(session, beat({ agent_id: "Alice", lease_ms: 100 }), seq, 5_000);
  await eventually(() => said.length === 2);
  expect(told()).toEqual(["agent_lost Debbie", "agent_lost Alice"]);
});
