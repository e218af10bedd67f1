import fc from "fast-check";
import type { MsgHdrs } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getTask, listTasks } from "../../src/operations/tasks.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { cases, depth, notJson, notText, oddNumber, oddText, oddValue } from "./arbitraries.js";
import { caseNo, forged, type Stand, startStand } from "./stand.js";

/** What is said on `mjwork.tasks.available`, and what is to become of it: a task, or a report that says this. */
interface Case {
  body: Uint8Array | string;
  headers?: MsgHdrs;
  want: "task" | RegExp;
}

const TITLE = { title: "T" };
const json = (value: unknown, want: Case["want"]): Case => ({ body: JSON.stringify(value), want });
const field = (name: string, value: unknown): Case =>
  json({ ...TITLE, [name]: value }, new RegExp(`not a task: ${name}`));
const of = (name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<Case> =>
  values.map((value) => field(name, value));
const badTexts = fc.oneof(
  notText.filter((value) => !Array.isArray(value)),
  fc.array(notText, { minLength: 1, maxLength: 3 }),
  fc.constantFrom([""], ["ok", null], ["x".repeat(1_001)]),
);
const badId = fc.oneof(
  oddText.filter((text) => !/^[A-Za-z0-9_-]{1,128}$/.test(text)),
  notText.filter((value) => !Number.isSafeInteger(value) || (value as number) < 0),
);
const badCount = oddValue.filter((value) => value !== null && !(Number.isInteger(value) && Number(value) >= 1));
const badTime = oddValue.filter((value) => value !== null && (typeof value !== "string" || !/^\d/.test(value)));

const wrongField: fc.Arbitrary<Case> = fc.oneof(
  of("title", fc.oneof(notText, fc.constantFrom(null, "", " \n\t", "x".repeat(1_001)))),
  ...["description", "type", "phase", "created_by", "idempotency_key"].map((name) => of(name, notText)),
  ...["type", "phase", "created_by"].map((name) => of(name, fc.constant("x".repeat(201)))),
  ...["tags", "files"].map((name) => of(name, badTexts)),
  of(
    "blocked_by",
    fc.oneof(
      fc.array(badId, { minLength: 1, maxLength: 3 }),
      notText.filter((v) => !Array.isArray(v)),
    ),
  ),
  ...["task_id", "parent_id"].map((name) => of(name, badId)),
  of("priority", fc.oneof(notText, fc.constantFrom("", "hihg", "__proto__", "constructor"))),
  of("on_blocker_failure", fc.oneof(notText, oddText)),
  of("max_attempts", fc.oneof(badCount, fc.constantFrom(1_001, 2 ** 53))),
  of(
    "timeout",
    badTime.filter((value) => !(Number.isSafeInteger(value) && Number(value) > 0)),
  ),
  of("not_before", fc.oneof(badTime, fc.constantFrom("5", "soon 5", "2030-13-01", "2030-01-01T25:00:00Z"))),
  of(
    "require_approval",
    oddValue.filter((value) => value !== null && typeof value !== "boolean"),
  ),
  depth.map((text): Case => ({ body: `{"title":"T","payload":${text}}`, want: /payload: nested deeper/ })),
  depth.map((text): Case => ({ body: `{"title":${text}}`, want: /not a task: title/ })),
  fc.constant<Case>({ body: '{"title":"T","payload":1e999}', want: /not a task: payload/ }),
  fc.constant<Case>({ body: '{"title":"T","max_attempts":1e999}', want: /not a task: max_attempts/ }),
);

const notATask: fc.Arbitrary<Case> = fc.oneof(
  oddValue.filter((value) => typeof value !== "object" || value === null).map((value) => json(value, /not a task/)),
  fc.array(oddValue, { maxLength: 3 }).map((value) => json([TITLE, ...value], /not a task/)),
  depth.map((text): Case => ({ body: text, want: /not a task/ })),
  fc.constantFrom<Case>(json({}, /title/), { body: '{"__proto__":{"title":"T"}}', want: /title/ }),
);

/** Odd, and all the same a task. */
const odd: fc.Arbitrary<Case> = fc.oneof(
  fc
    .tuple(oddText, oddText)
    .map(([title, more]) =>
      json(
        { ...{ title: `T ${title}`.slice(0, 1_000), description: more, payload: { [more]: more } }, [title]: 1 },
        "task",
      ),
    ),
  oddValue.map((payload) => json({ ...TITLE, payload, created_by: null, tags: null, priority: "MEDIUM" }, "task")),
  oddNumber.map((n) => json({ ...TITLE, payload: [n, { n }], not_before: "9999999999999999d" }, "task")),
  oddValue.map((value): Case => ({
    body: `{"title":"T","__proto__":${JSON.stringify(value)},"constructor":1}`,
    want: "task",
  })),
  depth.map((text): Case => ({ body: `{"title":"T","unknown":${text}}`, want: "task" })),
  fc.constant<Case>({
    body: Buffer.from([...Buffer.from('{"title":"T'), 0xff, 0xc3, ...Buffer.from('"}')]),
    want: "task",
  }),
);

/** Headers never decide what a message is: they say "recorded already", or carry a status of the protocol. */
const withHeaders: fc.Arbitrary<Case> = fc
  .tuple(fc.oneof(odd, wrongField, notATask), oddText, fc.constantFrom(undefined, 100, 404, 408, 409, 503))
  .map(([given, text, status]) => {
    const value = text.replace(/[^\x20-\x7e]/g, "").slice(0, 100);
    return { ...given, headers: forged({ "Mj-Recorded": value, "Mj-Revision": "1", "KV-Operation": "DEL" }, status) };
  });
const emptyWithStatus: fc.Arbitrary<Case> = fc
  .constantFrom(100, 404, 408, 409, 503)
  .map((status) => ({ body: "", headers: forged({}, status), want: /not JSON/ }));

let stand: Stand;
beforeAll(async () => (stand = await startStand()));
afterAll(() => stand[Symbol.asyncDispose]());

test.each<[string, fc.Arbitrary<Case>, number]>([
  [
    "not JSON",
    notJson(fc.record({ title: oddText, task_id: oddText })).map((body) => ({ body, want: /not JSON/ })),
    45,
  ],
  ["a wrong field", wrongField, 120],
  ["another kind of value", notATask, 25],
  ["an odd task", odd, 60],
  ["foreign headers", withHeaders, 45],
  ["an empty message with a status", emptyWithStatus, 5],
])(
  "%s: each message is a task or reported with its sequence and the reason, and work goes on",
  async (_, kind, count) => {
    const { session } = stand;
    const said = cases(kind, count);
    const before = (await session.jsm.streams.info(session.names.work.stream)).state.last_seq;
    using heard = await collect(session, session.names.available);
    using errors = await collect(session, session.names.channel("errors"));
    const known = heard.length;
    await stand.say(...said.map(({ want: _want, ...message }) => ({ ...message, subject: session.names.available })));
    await eventually(() => heard.length === known + count);
    const sequences = heard.slice(known).map(({ seq }) => seq);
    expect(sequences[0]).toBeGreaterThan(before);

    const reportsOf = (seq: number) => errors.filter(({ body }) => body["sequence"] === seq).map(({ body }) => body);
    const seen = new Set<unknown>();
    await eventually(async () => {
      for (const { source_seq } of await listTasks(session)) seen.add(source_seq);
      for (const { body } of errors) seen.add(body["sequence"]);
      const lost = sequences.findIndex((seq) => !seen.has(seq));
      if (lost >= 0) throw new Error(`neither a task nor reported: ${caseNo(lost, said[lost])}`);
      return true;
    });
    const tasks = new Set((await listTasks(session)).map(({ source_seq }) => source_seq));
    said.forEach(({ want, body }, index) => {
      const seq = sequences[index]!;
      const reports = reportsOf(seq);
      expect(tasks.has(seq), caseNo(index, body)).toBe(want === "task");
      expect(reports, caseNo(index, body)).toHaveLength(want === "task" ? 0 : 1);
      if (want === "task") return;
      expect(reports[0], caseNo(index, body)).toMatchObject({ reason: "malformed", subject: session.names.available });
      expect(reports[0]?.["message"], caseNo(index, body)).toMatch(want);
    });
    await stand.expectToGoOn();
  },
);

test("near the largest message: a task", async () => {
  const { session } = stand;
  using errors = await collect(session, session.names.channel("errors"));
  const limit = session.nc.info!.max_payload;
  const known = errors.length;
  const sizes = [limit, limit - 1, limit - 200, limit - 1_000, limit - 2_000];
  await stand.say(
    ...sizes.map((size, n) => {
      const head = `{"task_id":"large-${n}","title":"T","payload":"`;
      return { subject: session.names.available, body: `${head}${"x".repeat(size - head.length - 2)}"}` };
    }),
  );
  const large = async (n: number) => await getTask(session, `large-${n}`).catch(() => null);
  await eventually(async () => {
    const found = await Promise.all(sizes.map((_, n) => large(n)));
    return errors.length - known + found.filter((task) => task !== null).length === sizes.length;
  });
  // What a record cannot hold is kept beside it: all that the server takes as a message is a task.
  expect(errors.slice(known)).toEqual([]);
  expect((await large(4))?.payload).toHaveLength(limit - 2_000 - 46);
  await stand.expectToGoOn();
});
