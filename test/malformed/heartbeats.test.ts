import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lastBeat } from "../../src/nats/registry.js";
import { snapshot } from "../../src/operations/snapshot.js";
import { getTask } from "../../src/operations/tasks.js";
import { eventually } from "../support/eventually.js";
import { gate, publish, roleOf, taskWhen } from "../support/fleet.js";
import { cases, oddNumber, oddText, rubbish, spoiled } from "./arbitraries.js";
import { caseNo, forged, type Stand, startStand } from "./stand.js";

const door = gate();
/** Runs one long task while everything is said. */
const alice = { role: roleOf("alice"), run: () => door.opened.then(() => "written") };

let stand: Stand;
beforeAll(async () => (stand = await startStand(alice)));
afterAll(() => stand[Symbol.asyncDispose]());

const beat = (agent_id: string) => ({
  ...{ agent_id, role: "debbie", description: "", status: "idle", current_task: null, current_tasks: [] },
  ...{ timestamp: "2030-01-01T00:00:00.000Z", instance_id: "somebody-else", host: "h", pid: 1, version: "9" },
  ...{ started_at: "2030-01-01T00:00:00.000Z", lease_ms: 60_000, slots: 1 },
});

/** What is said under an id: garbage, or a beat with something wrong in it. */
const said: fc.Arbitrary<(id: string) => Buffer | string> = fc.oneof(
  { weight: 3, arbitrary: rubbish.map((bytes) => () => bytes) },
  {
    weight: 5,
    arbitrary: spoiled(beat("ID")).map((v) => (id: string) => JSON.stringify(v).replace('"ID"', `"${id}"`)),
  },
  { weight: 3, arbitrary: oddNumber.map((lease_ms) => (id: string) => JSON.stringify({ ...beat(id), lease_ms })) },
  { weight: 1, arbitrary: fc.constant((id: string) => JSON.stringify(beat(id)).replace("60000", "1e999")) },
  {
    weight: 2,
    arbitrary: oddText.map(
      (other) => (id: string) => JSON.stringify({ ...beat(id), agent_id: `${id}${other || "-"}` }),
    ),
  },
);

test("garbage under ids nobody has harms none of those who are there, whoever it speaks for", async () => {
  const { session } = stand;
  await publish(session, { task_id: "long", title: "Long", type: "alice" });
  await taskWhen(session, "long", "in_progress");
  const ghosts = cases(said, 80).map((bodyOf, n) => ({ id: `ghost-${n}`, body: bodyOf(`ghost-${n}`) }));
  await stand.say(...ghosts.map(({ id, body }) => ({ subject: session.names.heartbeat(id), body })));
  const lies = ["alice", "debbie"].flatMap((id) => [
    ...cases(said, 20).map((bodyOf) => bodyOf(id)),
    JSON.stringify({ ...beat(id), status: "offline" }),
  ]);
  await stand.say(...lies.map((body, n) => ({ subject: session.names.heartbeat(`liar-${n}`), body })));
  await stand.expectToGoOn();
  const believed: string[] = [];
  for (const [index, { id, body }] of ghosts.entries()) {
    const { beat: read, seq } = await lastBeat(session, id);
    expect(seq, caseNo(index, body)).toBeGreaterThan(0);
    if (!read) continue;
    expect(read, caseNo(index, body)).toMatchObject({ agent_id: id });
    expect(read.lease_ms, caseNo(index, body)).toBeGreaterThan(0);
    if (read.status !== "offline") believed.push(id);
  }
  expect(believed.length).toBeLessThan(40);
  const agents = (await snapshot(session)).agents.map(({ agent_id }) => agent_id);
  expect(agents.sort()).toEqual(["alice", "debbie", ...believed].sort());
  expect(await getTask(session, "long")).toMatchObject({ status: "in_progress", owner: "alice", epoch: 1 });
});

test("garbage under the ids of agents who run: they keep their ids, and what they run", async () => {
  const { session, fleet } = stand;
  const bodies = cases(said, 40).map((bodyOf) => bodyOf("somebody"));
  for (const id of ["alice", "debbie"]) {
    await stand.say(...bodies.map((body) => ({ subject: session.names.heartbeat(id), body })));
  }
  const last = (await session.jsm.streams.info(session.names.work.stream)).state.last_seq;
  for (const id of ["alice", "debbie"]) await eventually(async () => (await lastBeat(session, id)).seq > last);
  await stand.expectToGoOn();
  expect(fleet.events.filter(({ type }) => type === "identity_lost" || type === "stopped")).toEqual([]);
  expect(await getTask(session, "long")).toMatchObject({ status: "in_progress", owner: "alice", epoch: 1 });
  door.open();
  expect((await taskWhen(session, "long", "completed")).history).toHaveLength(1);
});

test("a whole beat of somebody else under the id of an agent who runs: it takes its id back, as nobody answers there", async () => {
  const { session, fleet } = stand;
  const others = fc.record({
    status: fc.constantFrom("idle", "busy", "active"),
    lease_ms: fc.constantFrom(1, 1e308),
    host: oddText,
    pid: oddNumber,
  });
  for (const fields of cases(others, 3)) {
    const lost = fleet.events.filter(({ type }) => type === "identity_lost").length;
    const body = JSON.stringify({ ...beat("debbie"), ...fields });
    await stand.say({ subject: session.names.heartbeat("debbie"), body, headers: forged({ "Nats-Rollup": "sub" }) });
    await eventually(() => fleet.events.filter(({ type }) => type === "identity_lost").length > lost);
    await eventually(async () => (await lastBeat(session, "debbie")).beat?.instance_id === fleet.launcher.instanceId);
    await stand.expectToGoOn();
  }
});
