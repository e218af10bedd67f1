import { createHash, randomUUID } from "node:crypto";
import chalk from "chalk";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskDetail } from "../../src/cli/task-detail.js";
import { newRecord } from "../../src/domain/new-record.js";
import { Pause, WorkspaceRules } from "../../src/domain/settings.js";
import { emptyResult, NewTask } from "../../src/domain/task.js";
import { putObject, readObject } from "../../src/nats/objects.js";
import { whyTask } from "../../src/operations/why.js";
import { getTask } from "../../src/operations/tasks.js";
import { setRules } from "../../src/operations/workspace.js";
import { taskWhen } from "../support/fleet.js";
import { cases, depth, notJson, oddText, oddValue, rubbish, spoiled } from "./arbitraries.js";
import { caseNo, type Stand, startStand } from "./stand.js";

let stand: Stand;
beforeAll(async () => (stand = await startStand()));
afterAll(() => stand[Symbol.asyncDispose]());

const bucket = (): string => `$O.${stand.session.names.artifacts.name}`;
const entrySubject = (name: string): string => {
  const base64 = Buffer.from(name).toString("base64url");
  return `${bucket()}.M.${base64.padEnd(Math.ceil(base64.length / 4) * 4, "=")}`;
};
const digestOf = (data: string): string => {
  const base64 = createHash("sha256").update(data).digest("base64url");
  return `SHA-256=${base64.padEnd(Math.ceil(base64.length / 4) * 4, "=")}`;
};

/** An object that is what its entry says, whatever is in it. */
async function store(name: string, content: string): Promise<void> {
  const nuid = randomUUID();
  const chunks = content.match(/[\s\S]{1,65536}/g) ?? [];
  await stand.say(...chunks.map((body) => ({ subject: `${bucket()}.C.${nuid}`, body })));
  const entry = { name, nuid, size: Buffer.byteLength(content), digest: digestOf(content), chunks: chunks.length };
  await stand.say({ subject: entrySubject(name), body: JSON.stringify(entry) });
}

const entry = { name: "n", nuid: "nobody", size: 2, digest: digestOf("{}"), chunks: 1, deleted: false };
/** What an entry of the object store may say instead. */
const badEntry = fc.oneof(
  rubbish,
  spoiled(entry).map((value) => JSON.stringify(value)),
  oddText.map((nuid) => JSON.stringify({ ...entry, nuid })),
  fc.constantFrom("*", ">", "*.>", "", "a b", "a\r\nb").map((nuid) => JSON.stringify({ ...entry, nuid })),
);
/** What an object may hold in the place of a payload, a result or a late report. */
const badContent = fc.oneof(
  notJson(fc.constant({ summary: "s" })).map((bytes) => bytes.toString()),
  spoiled({ ...emptyResult() }).map((value) => JSON.stringify(value)),
  oddValue.map((value) => JSON.stringify(value)),
  oddValue.map((result) => JSON.stringify({ report: { result } })),
  depth,
);

const record = (task_id: string, more: object) => {
  const task = NewTask.parse({ title: "R", type: "nobody" });
  return { ...newRecord(task_id, task, "2030-01-01T00:00:00.000Z", null), ...more };
};
const attempt = {
  ...{ attempt: 1, agent_id: "a", instance_id: "i", epoch: 1, started_at: "2030-01-01T00:00:00.000Z" },
  ...{ ended_at: "2030-01-01T00:00:00.000Z", outcome: "lost", reason: "agent_lost" },
};

test("values beside a record that are none are missing, and nothing else of the task is", async () => {
  const { session } = stand;
  const given = cases(
    fc.oneof(fc.tuple(fc.constant("entry"), badEntry), fc.tuple(fc.constant("content"), badContent)),
    60,
  );
  for (const [n, [kind, body]] of given.entries()) {
    const id = `kept-${n}`;
    const names = [`payload/${id}.x`, `result/${id}.1`, `late/${id}.1`];
    for (const name of names) {
      if (kind === "content") await store(name, body);
      else await stand.say({ subject: entrySubject(name), body });
    }
    const late = { outcome: "completed", summary: null, at: "2030-01-01T00:00:00.000Z", object: names[2] };
    const objects = { payload_object: names[0], payload_excerpt: "p", result_object: names[1], result: emptyResult() };
    const body_ = record(id, { ...objects, history: [{ ...attempt, late }] });
    await stand.say({ subject: session.names.tasks.subject(id), body: JSON.stringify(body_) });
    const task = await getTask(session, id);
    expect(task, caseNo(n, body)).toMatchObject({ task_id: id, title: "R", history: [{ agent_id: "a" }] });
    const shown = taskDetail(task, { blockers: [], why: await whyTask(session, id), now: 0, width: 80 }, chalk);
    expect(shown, caseNo(n, body)).toContain(id);
  }
  await stand.expectToGoOn();
});

test("an entry that is none is replaced, and takes nothing of others with it", async () => {
  const { session } = stand;
  await store("result/other.1", '{"summary":"kept"}');
  for (const [n, body] of cases(badEntry, 40).entries()) {
    const name = `result/again-${n}.1`;
    await stand.say({ subject: entrySubject(name), body });
    await putObject(session, name, `again-${n}.result-1`, `text ${n}`);
    expect(await readObject(session, name), caseNo(n, body)).toBe(`text ${n}`);
  }
  expect(await readObject(session, "result/other.1")).toBe('{"summary":"kept"}');
  expect(await readObject(session, "result/again-0.1")).toBe("text 0");
});

test("records whose fields name values in ways that are none are not records", async () => {
  const { session } = stand;
  const more = fc
    .tuple(
      fc.constantFrom("payload_object", "payload_excerpt", "result_object", "role", "fail_when_lost", "late"),
      oddValue.filter((value) => value !== null && typeof value !== "string" && typeof value !== "boolean"),
    )
    .map(([key, value]) => (key === "late" ? { history: [{ ...attempt, late: value }] } : { [key]: value }));
  for (const [n, fields] of cases(more, 30).entries()) {
    const id = `named-${n}`;
    await stand.say({ subject: session.names.tasks.subject(id), body: JSON.stringify(record(id, fields)) });
    await expect(getTask(session, id), caseNo(n, fields)).rejects.toMatchObject({
      message: expect.stringMatching(/not readable/) as string,
    });
  }
  await stand.expectToGoOn();
});

test("a task whose payload is garbage fails with the reason, and its agent goes on", async () => {
  const { session } = stand;
  const contents = cases(badEntry, 8);
  for (const [n, body] of contents.entries()) {
    await stand.say({ subject: entrySubject(`payload/run-${n}.x`), body });
    const payload = { payload_object: `payload/run-${n}.x`, payload_excerpt: "p" };
    const body_ = record(`run-${n}`, { type: "debbie", max_attempts: 1, max_attempts_fixed: true, ...payload });
    await stand.say({ subject: session.names.tasks.subject(`run-${n}`), body: JSON.stringify(body_) });
  }
  for (const n of contents.keys()) {
    const { error } = await taskWhen(session, `run-${n}`, "failed");
    expect(error?.message).toMatch(/its payload is not stored any more/);
  }
  await stand.expectToGoOn();
});

test("settings that are none hold nobody back, also slots that nobody has", async () => {
  const { session } = stand;
  const { settings } = session.names;
  const rule = fc.oneof(
    rubbish,
    spoiled({ max_running: 3, retention_ms: 60_000 }).map((value) => JSON.stringify(value)),
  );
  const pause = fc.oneof(
    rubbish,
    spoiled({ by: "x", reason: null, at: "y" }).map((value) => JSON.stringify(value)),
  );
  const slot = { task_id: "ghost", epoch: 1, role: "debbie", owner: "debbie", instance_id: "of an earlier one" };
  const slots = fc.oneof(
    rubbish,
    spoiled(slot).map((value) => JSON.stringify({ slots: [value, slot] })),
  );
  const isValid = (schema: typeof Pause | typeof WorkspaceRules, body: Buffer | string): boolean => {
    try {
      return schema.safeParse(JSON.parse(body.toString())).success;
    } catch {
      return false;
    }
  };
  const said = [
    ...cases(
      rule.filter((body) => !isValid(WorkspaceRules, body)),
      20,
    ).map((body) => ["rules", body] as const),
    ...cases(
      pause.filter((body) => !isValid(Pause, body)),
      20,
    ).flatMap((body) => ["pause_everything", "pause.debbie", "pause.", "odd"].map((key) => [key, body] as const)),
    ...cases(slots, 20).map((body) => ["slots", body] as const),
  ];
  await stand.say(
    ...said.filter(([key]) => key !== "pause.").map(([key, body]) => ({ subject: settings.subject(key), body })),
  );
  await stand.expectToGoOn();
  await setRules(session, { max_running: 1 });
  await stand.say({ subject: settings.subject("slots"), body: JSON.stringify({ slots: [slot] }) });
  await stand.expectToGoOn();
});
