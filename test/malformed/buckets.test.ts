import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newRecord } from "../../src/domain/new-record.js";
import { NewTask, STATUSES } from "../../src/domain/task.js";
import { MjError } from "../../src/errors.js";
import { cancelTask, getTask, listTasks } from "../../src/operations/tasks.js";
import { cases, depth, oddText, rubbish, spoiled } from "./arbitraries.js";
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
