import { AckPolicy } from "@nats-io/jetstream";
import { nanos } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LANES } from "../../src/domain/lanes.js";
import { registrationOf } from "../../src/domain/role.js";
import { NewTask } from "../../src/domain/task.js";
import { ensureLaneConsumers } from "../../src/nats/consumers.js";
import { sendToken, TokenSource } from "../../src/nats/queue.js";
import { registerRole } from "../../src/nats/registry.js";
import type { Session } from "../../src/nats/session.js";
import { type StoredTask, TaskStore } from "../../src/nats/task-store.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

const ROLE = "doc-brown";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function consumersOf({ jsm, names }: Session) {
  const found = [];
  for await (const { config } of jsm.consumers.list(names.queue.stream)) found.push(config);
  return found.sort((a, b) => (a.durable_name ?? "").localeCompare(b.durable_name ?? ""));
}

/** As they would have been made with another wait, and a setting that somebody chose. */
async function makeOtherwise({ jsm, names }: Session): Promise<void> {
  for (const lane of LANES) {
    const { consumer, filter } = names.lane(ROLE, lane);
    await jsm.consumers.add(names.queue.stream, {
      durable_name: consumer,
      filter_subject: filter,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(30_000),
      max_deliver: -1,
      max_ack_pending: 500,
      max_waiting: 4_096,
    });
  }
}

async function queue(session: Session, id: string): Promise<void> {
  const task = NewTask.parse({ title: `Task ${id}` });
  const outcome = await new TaskStore(session).apply(id, { type: "published", task_id: id, task, blockers: [] });
  await sendToken(session, ROLE, 2, outcome as StoredTask);
}

test("one durable consumer per lane, as the design says, however often they are asked for", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  for (let times = 0; times < 2; times++) await ensureLaneConsumers(session.jsm, session.names, ROLE);
  const found = await consumersOf(session);
  expect(found.map(({ durable_name, filter_subject }) => [durable_name, filter_subject])).toEqual(
    LANES.map((lane) => [`${ROLE}_${lane}`, `${session.workspace.prefix}_queue.${ROLE}.${lane}.*`]),
  );
  for (const config of found) {
    expect(config).toMatchObject({
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(5_000),
      max_deliver: -1,
      max_ack_pending: -1,
      max_waiting: 4_096,
    });
  }
});

/** Pulls until every one of these has come, and acks it. */
async function takeAll(session: Session, ids: readonly string[]): Promise<void> {
  const source = await TokenSource.open(session, ROLE);
  const missing = new Set(ids);
  await eventually(async () => {
    for (const token of await source.pull(ids.length, AbortSignal.timeout(5_000))) {
      missing.delete(token.task_id);
      token.ack();
    }
    return missing.size === 0;
  });
}

test("those that are there get the wait, from several at once; nothing else of them changes, no token is lost", async () => {
  await using own = await startTestServer();
  const workspace = freshWorkspace();
  await using session = await openTestSession(own.url, workspace);
  await makeOtherwise(session);
  const before = await consumersOf(session);
  const ids = Array.from({ length: 20 }, (_, n) => `t${n}`);
  for (const id of ids) await queue(session, id);
  // Some are out already, with somebody who never settles them.
  const { consumer } = session.names.lane(ROLE, 2);
  const holder = await session.js.consumers.get(session.names.queue.stream, consumer);
  const held = await holder.fetch({ max_messages: 5, expires: 1_000 });
  for await (const message of held) expect(message.info.deliveryCount).toBe(1);
  const others = await Promise.all(Array.from({ length: 4 }, () => openTestSession(own.url, workspace)));
  await Promise.all(others.map(({ jsm, names }) => ensureLaneConsumers(jsm, names, ROLE)));
  const changed = before.map((config) => ({ ...config, ack_wait: nanos(5_000) }));
  expect(await consumersOf(session)).toEqual(changed);
  // What is only in the server's memory, and what it finds again, are two things.
  await own.restart();
  await eventually(async () => {
    expect(await consumersOf(session)).toEqual(changed);
    return true;
  });
  await takeAll(session, ids);
  for (const other of others) await other[Symbol.asyncDispose]();
});

test("a token pulled by somebody who never acks is soon another's: a launcher claims and runs its task", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using holder = await openTestSession(server.url, session.workspace);
  const source = await TokenSource.open(holder, ROLE);
  const pull = source.pull(1, new AbortController().signal);
  const run = () => Promise.resolve("done");
  // The leader that makes the token: it has no agent of that role.
  await using _leader = await launch(session, [{ role: roleOf("other"), run }]);
  await registerRole(session, registrationOf(roleOf(ROLE)));
  await publish(session, { task_id: "t", title: "T", type: ROLE });
  expect((await pull).map(({ task_id }) => task_id)).toEqual(["t"]);
  await using _fleet = await launch(session, [{ role: roleOf(ROLE), run }]);
  expect(await taskWhen(session, "t", "completed")).toMatchObject({ attempts: 1, epoch: 1 });
});
