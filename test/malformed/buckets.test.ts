import fc from "fast-check";
import { headers } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newRecord } from "../../src/domain/new-record.js";
import { NewTask, STATUSES } from "../../src/domain/task.js";
import { MjError } from "../../src/errors.js";
import { readKey, removeKey } from "../../src/nats/bucket.js";
import { currentRouting } from "../../src/operations/snapshot.js";
import { cancelTask, getTask, listTasks } from "../../src/operations/tasks.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { publish, taskWhen } from "../support/fleet.js";
import { cases, depth, oddText, oddValue, rubbish, spoiled } from "./arbitraries.js";
import { caseNo, type Stand, startStand } from "./stand.js";

let stand: Stand;
beforeAll(async () => (stand = await startStand()));
afterAll(() => stand[Symbol.asyncDispose]());

const problems = (): string[] =>
  stand.fleet.events
    .flatMap((event) => (event.type === "notice" ? [event.message] : []))
    .filter((m) => /trying again/.test(m));

const fields = { title: "R", type: "debbie", tags: ["t"], files: ["f"], payload: { a: 1 } };
const recordOf = (id: string) => ({
  ...newRecord(id, NewTask.parse(fields), "2030-01-01T00:00:00.000Z", null),
  ...{ handoff: [{ title: "H" }], error: { reason: "exit", message: "m" }, not_before: "2030-01-01T00:00:00.000Z" },
});

/** A value for a key of the tasks bucket. */
const value: fc.Arbitrary<(id: string) => Buffer | string> = fc.oneof(
  { weight: 3, arbitrary: rubbish.map((bytes) => () => bytes) },
  {
    weight: 6,
    arbitrary: fc.tuple(spoiled(recordOf("ID")), fc.constantFrom(...STATUSES)).map(
      ([record, status]) =>
        (id: string) =>
          JSON.stringify({ status, ...record, ...(record["task_id"] === "ID" && { task_id: id }) }),
    ),
  },
  {
    weight: 2,
    arbitrary: depth.map(
      (text) => (id: string) => JSON.stringify({ ...recordOf(id), payload: "@" }).replace('"@"', text),
    ),
  },
  {
    weight: 1,
    arbitrary: oddText.map(
      (other) => (id: string) => JSON.stringify({ ...recordOf(id), task_id: `${id}${other || "-"}` }),
    ),
  },
);

test("records that are none: said clearly by whoever asks for them, and left alone by everybody else", async () => {
  const { session } = stand;
  const said = cases(value, 90).map((bodyOf, n) => ({ id: `bad-${n}`, body: bodyOf(`bad-${n}`) }));
  await stand.say(...said.map(({ id, body }) => ({ subject: session.names.tasks.subject(id), body })));
  await stand.expectToGoOn();
  let unreadable = 0;
  for (const [index, { id, body }] of said.entries()) {
    const read = await getTask(session, id).catch((error: unknown) => error);
    if (read instanceof Error) {
      unreadable++;
      expect(read, caseNo(index, body)).toBeInstanceOf(MjError);
      expect(read, caseNo(index, body)).toMatchObject({
        code: "failure",
        message: `the record of task ${id} is not readable`,
      });
      await expect(cancelTask(session, id, "me", null)).rejects.toBeInstanceOf(MjError);
    } else expect(read, caseNo(index, body)).toMatchObject({ task_id: id });
  }
  expect(unreadable).toBeGreaterThan(40);
  const listed = new Set((await listTasks(session)).map(({ task_id }) => task_id));
  expect([...listed].filter((id) => !/^(bad|good)-\d+(-h1)?$/.test(id))).toEqual([]);
  expect(said.filter(({ id }) => listed.has(id))).toHaveLength(said.length - unreadable);
  expect(problems()).toEqual([]);
});

test("what names an unreadable record waits for it, or is reported", async () => {
  const { session } = stand;
  using errors = await collect(session, session.names.channel("errors"));
  await stand.say({ subject: session.names.tasks.subject("broken"), body: "{}" });
  const said = [
    { task_id: "broken", title: "Takes its id" },
    { task_id: "after-broken", title: "Waits for it", blocked_by: ["broken"] },
  ];
  await stand.say(...said.map((task) => ({ subject: session.names.available, body: JSON.stringify(task) })));
  await taskWhen(session, "after-broken", "blocked");
  await eventually(() => errors.length === 1);
  expect(errors[0]?.body).toMatchObject({
    reason: "duplicate_task",
    task_id: "broken",
    sequence: expect.any(Number) as number,
  });
  expect(errors[0]?.body["message"]).toMatch(/record of task broken is not readable.*not taken in.*nats kv del/);
  await expect(publish(session, { title: "T", blocked_by: ["broken"] })).rejects.toMatchObject({ code: "failure" });
  // Made good by hand, as the message says: what waited goes on.
  const { tasks } = session.names;
  await removeKey(session, tasks, "broken", (await readKey(session, tasks, "broken")).revision);
  await publish(session, { task_id: "broken", title: "Good now", type: "debbie" });
  await taskWhen(session, "broken", "completed");
  await taskWhen(session, "after-broken", "available");
  await stand.expectToGoOn();
});

test("markers with anything in them say that there is no task, and its id is free", async () => {
  const { session } = stand;
  const stone = { status: "failed", removed_at: "2020-01-01T00:00:00.000Z", logs: 1, artifacts: 1 };
  const notes = fc.oneof(
    rubbish,
    spoiled(stone).map((value) => JSON.stringify(value)),
  );
  const marker = headers();
  marker.set("KV-Operation", "DEL");
  const said = cases(notes, 30).map((body, n) => ({ subject: session.names.tasks.subject(`marked-${n}`), body }));
  await stand.say(...said.map((message) => ({ ...message, headers: marker })));
  await stand.expectToGoOn();
  for (const [n, { body }] of said.entries()) {
    const task = { task_id: `marked-${n}`, title: "Takes its id", type: "debbie" };
    await expect(getTask(session, task.task_id), caseNo(n, body)).rejects.toMatchObject({ code: "not_found" });
    await publish(session, task);
    await taskWhen(session, task.task_id, "completed");
  }
  await stand.expectToGoOn();
});

const registration = {
  ...{ name: "NAME", description: "d", watch: [] },
  match: { types: ["debbie"], phases: [], keywords: ["Good"], tags: [], files: ["**"] },
};
/** A value for a key of the roles bucket: garbage, or a role that would get every task if it were one. */
const role: fc.Arbitrary<(name: string) => Buffer | string> = fc.oneof(
  { weight: 2, arbitrary: rubbish.map((bytes) => () => bytes) },
  {
    weight: 3,
    arbitrary: spoiled(registration).map((value) => (name: string) => JSON.stringify({ name, ...value })),
  },
  { weight: 2, arbitrary: oddText.map((name) => () => JSON.stringify({ ...registration, name })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom("types", "phases", "keywords", "tags", "files"),
        fc.oneof(
          oddValue,
          oddText.map((text) => [text]),
          fc.constantFrom(["x".repeat(70_000)], ["ſk".repeat(60_000)]),
        ),
      )
      .map(([key, value]) => (name: string) => {
        return JSON.stringify({ ...registration, name, match: { ...registration.match, [key]: value } });
      }),
  },
);

test("roles that are none get no task and keep none from the others", async () => {
  const { session } = stand;
  const said = cases(role, 60).map((bodyOf, n) => ({ name: `odd-${n}`, body: bodyOf(`odd-${n}`) }));
  await stand.say(...said.map(({ name, body }) => ({ subject: session.names.roles.subject(name), body })));
  await stand.expectToGoOn();
  const { roles } = await currentRouting(session);
  expect(roles.filter(({ name }) => !/^(odd-\d+|debbie)$/.test(name))).toEqual([]);
  expect(roles.length).toBeLessThan(said.length / 2);
  await publish(session, {
    task_id: "routed",
    title: "Good",
    type: "debbie",
    tags: ["t"],
    files: ["src/a.ts"],
    payload: ["x"],
  });
  await taskWhen(session, "routed", "completed");
  await stand.expectToGoOn();
  expect(problems()).toEqual([]);
});
