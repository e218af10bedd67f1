import { afterAll, beforeAll, expect, test } from "vitest";
import { TOKEN_ACK_WAIT_MS } from "../../src/nats/consumers.js";
import { Notices } from "../../src/nats/notices.js";
import { queuedTokens, sendToken, TokenSource } from "../../src/nats/queue.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { currentSettings } from "../../src/nats/workspace-settings.js";
import { Admission } from "../../src/worker/admission.js";
import { attemptId } from "../../src/worker/attempt.js";
import { Claimer } from "../../src/worker/claimer.js";
import { eventually } from "../support/eventually.js";
import { gate, publish, roleOf } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test("a claim that takes longer than its token is hidden holds it; a second token is claimed once, one slot, none left", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const role = roleOf("a", { max_running: 3 });
  using admission = new Admission(session);
  const named = gate();
  const running: string[] = [];
  const draining = new AbortController();
  const claimer = new Claimer(session, {
    ...{ role, instanceId: "i1", slots: 3, limit: Number.POSITIVE_INFINITY, account: null, admission },
    owner: () => named.opened.then(() => "A"),
    running: () => running.length,
    isRunning: (id) => running.includes(id),
    onClaimed: ({ record }) => running.push(attemptId(record)),
    draining: draining.signal,
    emit: () => undefined,
    notices: new Notices(session, () => undefined),
  });
  const taking = claimer.take(await TokenSource.open(session, role.name));
  // Nobody leads: a dispatcher that looks twice replaces the token that is held.
  await publish(session, { task_id: "t", title: "T", type: "a" });
  const before = await new TaskStore(session).get("t");
  await sendToken(session, role.name, 2, before!);
  const { consumer } = session.names.lane(role.name, 2);
  const deliveries = async (): Promise<number> =>
    (await session.jsm.consumers.info(session.names.queue.stream, consumer)).delivered.consumer_seq;
  await eventually(async () => (await deliveries()) === 1);
  await new Promise((resolve) => setTimeout(resolve, TOKEN_ACK_WAIT_MS + 2_000));
  expect(await deliveries()).toBe(1);
  // As when what holds it did not get through in time.
  await sendToken(session, role.name, 2, before!);
  await eventually(async () => (await deliveries()) >= 2);
  named.open();
  await eventually(() => running.length > 0);
  await eventually(async () => (await queuedTokens(session)).size === 0);
  expect(running).toEqual(["t.1"]);
  // Whatever was delivered once more meets the attempt that runs, and must not free its slot.
  expect(await claimer.claim("t", before!)).toBeNull();
  // Time to do it wrong: a slot is freed without waiting for it.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await currentSettings(session)).slots).toMatchObject([{ task_id: "t", epoch: 1, owner: "A" }]);
  draining.abort();
  claimer.slotFreed();
  await taking;
});
