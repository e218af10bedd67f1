import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WATCHABLE } from "../../src/domain/role.js";
import { followEvents, pendingEvents } from "../../src/nats/feed.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { publish, roleOf, taskWhen } from "../support/fleet.js";
import { cases, oddText, oddValue, rubbish, spoiled } from "./arbitraries.js";
import { forged, type Stand, startStand } from "./stand.js";

/** What the watching role ran, as `event task_id`. */
const watched: string[] = [];
const morgan = {
  role: roleOf("morgan", { watch: [...WATCHABLE], concurrency: 4 }),
  run: ({ event, task }: { event?: string; task: { task_id: string } }) => {
    watched.push(`${event ?? "?"} ${task.task_id}`);
    return Promise.resolve("noted");
  },
};

let stand: Stand;
beforeAll(async () => (stand = await startStand(morgan)));
afterAll(() => stand[Symbol.asyncDispose]());

const event = {
  ...{ task_id: "TASK", agent_id: "debbie", attempt: 1, epoch: 1, title: "T", type: null },
  ...{ timestamp: "2030-01-01T00:00:00.000Z", result: null, reason: null, message: null },
};
const isKnown = (id: unknown): boolean =>
  id === "seen" || id === "broken" || (typeof id === "string" && /^good-\d+$/.test(id));
const said = fc.oneof(
  { weight: 3, arbitrary: rubbish },
  {
    weight: 3,
    arbitrary: oddText.filter((id) => !isKnown(id)).map((task_id) => JSON.stringify({ ...event, task_id })),
  },
  { weight: 3, arbitrary: spoiled(event).map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: oddValue.filter((id) => !isKnown(id)).map((task_id) => JSON.stringify({ ...event, task_id })),
  },
  { weight: 1, arbitrary: fc.constant(JSON.stringify({ ...event, task_id: "broken" })) },
);

const settled = () =>
  eventually(async () => {
    const { session } = stand;
    const pending = await Promise.all(
      WATCHABLE.map((name) => pendingEvents(session, session.names.watchConsumer("morgan", name))),
    );
    if (pending.some((count) => count > 0)) throw new Error(`events that nobody settles: ${pending.join(", ")}`);
    return true;
  });

test("events that are none make nobody run, and are settled; a real one is heard among them", async () => {
  const { session } = stand;
  await stand.say({ subject: session.names.tasks.subject("broken"), body: "[]" });
  using errors = await collect(session, session.names.channel("errors"));
  const heard: { name: string; task_id: unknown }[] = [];
  const done = new AbortController();
  followEvents(session, done.signal, (name, { task_id }) => heard.push({ name, task_id }));
  await publish(session, { task_id: "seen", title: "Seen", type: "debbie" });
  await taskWhen(session, "seen", "completed");
  const status = fc.constantFrom(undefined, 100, 503);
  for (const [n, [body, code, name]] of cases(fc.tuple(said, status, fc.constantFrom(...WATCHABLE)), 120).entries()) {
    const headers = n % 3 === 0 ? { headers: forged({ "Mj-Recorded": "1" }, code) } : {};
    await stand.say({ subject: session.names.event(name), body, ...headers });
  }
  for (const subject of ["tasks.unheard-of", "tasks.Completed", "tasks.completed.more", "tasks.completed.*"]) {
    await stand.say({
      subject: `${session.workspace.prefix}.${subject}`,
      body: JSON.stringify({ ...event, task_id: "seen" }),
    });
  }
  await settled();
  await stand.expectToGoOn();
  await eventually(() => ["claimed good-1", "completed good-1"].every((each) => watched.includes(each)));
  expect([...new Set(watched)].sort()).toEqual([
    "claimed good-1",
    "claimed seen",
    "completed good-1",
    "completed seen",
  ]);
  await settled();
  const reports = errors.map(({ body }) => body).filter(({ task_id }) => task_id === "broken");
  expect(reports.length).toBeGreaterThan(0);
  expect(reports[0]).toMatchObject({
    reason: "watch_failed",
    message: expect.stringMatching(/broken is not readable/) as string,
  });
  await eventually(() => heard.some(({ name, task_id }) => name === "completed" && task_id === "good-1"));
  done.abort();
  const names: readonly string[] = [...WATCHABLE, "available"];
  expect(heard.filter(({ name, task_id }) => typeof task_id !== "string" || !names.includes(name))).toEqual([]);
});

test("nobody minds what is said on the channels for people, or on subjects that mean nothing", async () => {
  const { session } = stand;
  const { prefix } = session.workspace;
  const subjects = [
    "errors",
    "general",
    "coordination",
    "heartbeat",
    "heartbeat.a.b",
    "tasks",
    "x.y.z",
    "tasks.available.more",
  ];
  const bodies = cases(fc.tuple(fc.constantFrom(...subjects), fc.oneof(rubbish, said)), 40);
  await stand.say(...bodies.map(([subject, body]) => ({ subject: `${prefix}.${subject}`, body })));
  await stand.expectToGoOn();
  await settled();
});
