import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LANES } from "../../src/domain/lanes.js";
import { queuedTokens } from "../../src/nats/queue.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { cancelTask, getTask, listTasks } from "../../src/operations/tasks.js";
import { eventually } from "../support/eventually.js";
import { publish, taskWhen } from "../support/fleet.js";
import { cases, oddNumber, oddText, rubbish, spoiled } from "./arbitraries.js";
import { forged, type Stand, startStand } from "./stand.js";

let stand: Stand;
beforeAll(async () => (stand = await startStand()));
afterAll(() => stand[Symbol.asyncDispose]());

/** Tasks a token must not start: done, cancelled, waiting, somebody else's, or no task at all. */
const TARGETS = ["done", "cancelled", "blocked", "later", "elsewhere", "broken", "absent", "*", "a.b", "x".repeat(200)];

const lane = fc.constantFrom(...LANES);
const revision = fc.oneof(
  oddText.map((text) => text.replace(/[^\x20-\x7e]/g, "").slice(0, 60)),
  oddNumber.map(String),
);

test("tokens start nothing that the record does not say, whatever they carry, and go away", async () => {
  const { session, ran, fleet } = stand;
  await publish(
    session,
    { task_id: "done", title: "Done", type: "debbie" },
    { task_id: "elsewhere", title: "Elsewhere", type: "nobody" },
    { task_id: "cancelled", title: "Cancelled" },
    { task_id: "blocked", title: "Blocked", type: "debbie", blocked_by: ["elsewhere"] },
    { task_id: "later", title: "Later", type: "debbie", not_before: "1h" },
  );
  await cancelTask(session, "cancelled", "me", null);
  await taskWhen(session, "done", "completed");
  await stand.say({ subject: session.names.tasks.subject("broken"), body: "{}" });
  const before = await listTasks(session);
  const ranBefore = ran.length;

  const elsewhere = { ...(await getTask(session, "elsewhere")), title: "Forged" };
  const body = (id: string) => {
    const record = { ...elsewhere, task_id: id, ...(id !== "elsewhere" && { type: "debbie" }) };
    return fc.oneof(
      fc.constant(JSON.stringify(record)),
      spoiled(record).map((value) => JSON.stringify(value)),
      rubbish,
    );
  };
  const token = fc
    .constantFrom(...TARGETS)
    .chain((id) => fc.record({ id: fc.constant(id), lane, body: body(id), revision, marked: fc.boolean() }));
  const revisions = new Map(
    await Promise.all(
      before.map(async ({ task_id }) => [task_id, (await new TaskStore(session).get(task_id))?.revision] as const),
    ),
  );
  for (const { id, lane, body, revision, marked } of cases(token, 110)) {
    // A forged snapshot of a record at its very revision is the one thing a token is believed.
    const said = Number(revision) === revisions.get(id) ? "0" : revision;
    await stand.say({
      subject: session.names.token("debbie", lane, id),
      body,
      ...(marked && { headers: forged({ "Mj-Revision": said }) }),
    });
  }
  await stand.say({ subject: `${session.workspace.prefix}_queue.debbie.9.done`, body: "" });
  await stand.say({ subject: `${session.workspace.prefix}_queue.debbie`, body: "x" });
  const ours = new RegExp(`^${session.workspace.prefix}_queue\\.debbie\\.[0-3]\\.[^.]+$`);
  await eventually(async () => {
    const left = [...(await queuedTokens(session))].filter((subject) => ours.test(subject));
    if (left.length > 0) throw new Error(`tokens that nobody settles: ${left.join(" ")}`);
    return true;
  });
  await stand.expectToGoOn();
  const after = (await listTasks(session)).filter(({ task_id }) => !task_id.startsWith("good-"));
  expect(after).toEqual(before);
  expect(ran.slice(ranBefore)).toEqual(["good-1: Good 1"]);
  const claims = fleet.events.flatMap((event) => (event.type === "claimed" ? [event.task.task_id] : []));
  expect(claims).toEqual(["done", "good-1"]);
});

test("a forged snapshot of an available task: what runs is what the record says", async () => {
  const { session, ran } = stand;
  const ids = Array.from({ length: 12 }, (_, n) => `real-${n}`);
  const old = { ...(await getTask(session, "done")), status: "available", title: "Forged", owner: null };
  for (const task_id of ids) {
    await stand.say({
      subject: session.names.token("debbie", 2, task_id),
      body: JSON.stringify({ ...old, task_id }),
      headers: forged({ "Mj-Revision": "1" }),
    });
  }
  await publish(session, ...ids.map((task_id) => ({ task_id, title: `Real ${task_id}`, type: "debbie" })));
  for (const id of ids) await taskWhen(session, id, "completed");
  expect(ran.filter((text) => text.startsWith("real-")).sort()).toEqual(ids.map((id) => `${id}: Real ${id}`).sort());
  await stand.expectToGoOn();
});
