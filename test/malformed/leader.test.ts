import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { currentLeader } from "../../src/nats/leadership.js";
import { snapshot } from "../../src/operations/snapshot.js";
import { eventually } from "../support/eventually.js";
import { cases, oddText, rubbish, spoiled } from "./arbitraries.js";
import { caseNo, type Stand, startStand } from "./stand.js";

let stand: Stand;
beforeAll(async () => (stand = await startStand()));
afterAll(() => stand[Symbol.asyncDispose]());

const SINCE = "2030-01-01T00:00:00.000Z";
/** An id that could be asked on a subject. */
const isId = (value: unknown): boolean => typeof value === "string" && /^[A-Za-z0-9_-]{1,128}$/.test(value);

/** What is no leader: garbage, and ids that nobody could be asked by. */
const leader = fc.oneof(
  rubbish,
  spoiled({ instance_id: "someone", since: SINCE })
    .filter(({ instance_id, since }) => !isId(instance_id) || typeof since !== "string")
    .map((value) => JSON.stringify(value)),
  oddText.filter((id) => !isId(id)).map((instance_id) => JSON.stringify({ instance_id, since: SINCE })),
);

const elections = (): number => stand.fleet.events.filter(({ type }) => type === "leading").length;

test("a leader's key that holds something else is nobody's: status says so, and the lead is taken back", async () => {
  const { session } = stand;
  const key = session.names.control.subject("leader");
  const before = elections();
  for (const [index, body] of cases(leader, 30).entries()) {
    await stand.say({ subject: key, body });
    const { leader: read, revision } = await currentLeader(session);
    // It may have been taken back already.
    if (read) expect(read.instance_id, caseNo(index, body)).toBe(stand.fleet.launcher.instanceId);
    expect(revision, caseNo(index, body)).toBeGreaterThan(0);
    expect((await snapshot(session)).agents, caseNo(index, body)).toHaveLength(1);
  }
  await eventually(() => elections() > before);
  await eventually(async () => (await currentLeader(session)).leader !== null);
  await stand.expectToGoOn();
  const notices = stand.fleet.events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
  expect(notices.filter((message) => message.startsWith("election:"))).toEqual([]);
});
