import fc from "fast-check";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "../../src/nats/control.js";
import { type LogLine, readLog } from "../../src/nats/logs.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { cancelTask, getTask } from "../../src/operations/tasks.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { gate, type Gate, publish, roleOf, taskWhen } from "../support/fleet.js";
import { cases, depth, oddNumber, oddText, oddValue, rubbish, spoiled } from "./arbitraries.js";
import { forged, type Stand, startStand } from "./stand.js";

const doors = new Map<string, Gate>();
const alice = {
  role: roleOf("alice", { concurrency: 8 }),
  run: async ({ task, log }: { task: { task_id: string }; log: (line: string) => void }) => {
    log("begun");
    await doors.get(task.task_id)?.opened;
    log("ended");
    return "written";
  },
};

let stand: Stand;
let stranger: NatsConnection;
beforeAll(async () => {
  stand = await startStand(alice);
  stranger = await connect({ servers: [stand.session.url] });
});
afterAll(async () => {
  await stranger.close();
  await stand[Symbol.asyncDispose]();
});

/** A task that alice runs until its door is opened. */
async function running(task_id: string): Promise<Gate> {
  const door = gate();
  doors.set(task_id, door);
  await publish(stand.session, { task_id, title: task_id, type: "alice" });
  await taskWhen(stand.session, task_id, "in_progress");
  return door;
}

test("requests that are none are not answered and stop nothing, also a cancel the record knows nothing of", async () => {
  const { session, fleet } = stand;
  const { names } = session;
  const door = await running("long");
  const cancel = { do: "cancel", task_id: "long", epoch: 1 };
  const request = fc.oneof(
    rubbish,
    spoiled({ do: "ping" }).map((value) => JSON.stringify(value)),
    spoiled(cancel).map((value) => JSON.stringify(value)),
    fc.tuple(oddText, oddNumber).map(([task_id, epoch]) => JSON.stringify({ ...cancel, task_id, epoch })),
    fc.constant(JSON.stringify(cancel)),
  );
  const subjects = [
    ...[names.agentControl("alice"), names.agentControl("debbie"), names.agentControl("nobody")],
    ...[
      names.leaderControl(fleet.launcher.instanceId),
      names.leaderControl("nobody"),
      `${names.agentControl("alice")}.x`,
    ],
  ];
  const status = fc.constantFrom(undefined, 100, 503);
  const all = cases(fc.tuple(fc.constantFrom(...subjects), request, fc.boolean(), status), 90);
  await stand.say(
    ...all.map(([subject, body, replies, code]) => ({
      ...{ subject, body, headers: forged({ "Mj-Recorded": "1" }, code) },
      ...(replies && { reply: "somewhere.nobody.listens" }),
    })),
  );
  for (const subject of [
    names.agentControl("alice"),
    names.agentControl("debbie"),
    names.leaderControl(fleet.launcher.instanceId),
  ]) {
    expect(await ask(session, subject, { do: "ping" }, 5_000)).toEqual({
      instance_id: fleet.launcher.instanceId,
      stopped: false,
    });
  }
  await stand.expectToGoOn();
  expect(await getTask(session, "long")).toMatchObject({ status: "in_progress", owner: "alice", epoch: 1 });
  door.open();
  expect(await taskWhen(session, "long", "completed")).toMatchObject({ attempts: 1, result: { summary: "written" } });
  expect(fleet.events.filter(({ type }) => type === "stopped")).toEqual([]);
});

test("answers that are none leave a cancel unconfirmed", async () => {
  const { session } = stand;
  const answers = cases(
    fc.oneof(
      rubbish,
      spoiled({ instance_id: "i", stopped: true }).map((v) => JSON.stringify(v)),
      fc.constant("null"),
    ),
    30,
  );
  let n = 0;
  stranger.subscribe(session.names.agentControl("stranger"), {
    callback: (_, message) => void message.respond(answers[n++ % answers.length]),
  });
  await stranger.flush();
  const ids = answers.map((_, index) => `theirs-${index}`);
  await publish(session, ...ids.map((task_id) => ({ task_id, title: "Theirs" })));
  for (const task_id of ids) {
    await new TaskStore(session).apply(task_id, {
      type: "claimed",
      owner: "stranger",
      instance_id: "i",
      max_attempts: 1,
    });
    const { record, running } = await cancelTask(session, task_id, "me", null);
    expect(record.status).toBe("cancelled");
    expect(["stopped", "unconfirmed"]).toContain(running);
    expect(await ask(session, session.names.agentControl("stranger"), { do: "ping" }, 5_000)).toSatisfy(
      (reply: unknown) => reply === "silent" || (typeof reply === "object" && reply !== null),
    );
  }
  expect(n).toBeGreaterThanOrEqual(2 * ids.length);
});

test("garbage in a log is passed over; what the agent wrote is read", async () => {
  const { session } = stand;
  const door = await running("logged");
  const line = { seq: 1, stream: "stdout", text: "forged", time: "2030-01-01T00:00:00.000Z" };
  const batch = { attempt: 1, epoch: 1, agent_id: "alice", lines: [line], dropped: 0 };
  const body = fc.oneof(
    rubbish,
    spoiled(batch).map((value) => JSON.stringify(value)),
    spoiled(line).map((value) => JSON.stringify({ ...batch, lines: [line, value] })),
    depth.map((text) => JSON.stringify({ ...batch, lines: "@" }).replace('"@"', text)),
    oddValue.map((value) => JSON.stringify({ ...batch, lines: value })),
  );
  const said = cases(body, 60);
  await stand.say(...said.map((body) => ({ subject: session.names.log("logged"), body })));
  door.open();
  await taskWhen(session, "logged", "completed");
  await stand.say({ subject: session.names.log("logged"), body: "", headers: forged({}, 100) });
  const lines: LogLine[] = [];
  const done = new AbortController();
  readLog(session, "logged", { onLine: (line) => lines.push(line), signal: done.signal });
  await eventually(() => lines.some(({ text }) => text === "ended"));
  done.abort();
  expect(lines.filter(({ text }) => text === "begun" || text === "ended").map(({ text }) => text)).toEqual([
    "begun",
    "ended",
  ]);
  for (const { text, stream, seq, epoch } of lines) {
    expect([typeof text, typeof seq, typeof epoch]).toEqual(["string", "number", "number"]);
    expect(["stdout", "stderr"]).toContain(stream);
  }
  await stand.expectToGoOn();
});

test("a record that garbage is written over while its task runs: the result is kept, the slot is free again", async () => {
  const { session, fleet } = stand;
  using errors = await collect(session, session.names.channel("errors"));
  const ids = Array.from({ length: 8 }, (_, n) => `lost-${n}`);
  const opened = await Promise.all(ids.map((id) => running(id)));
  for (const [n, body] of cases(rubbish, 8).entries()) {
    await stand.say({ subject: session.names.tasks.subject(ids[n]!), body });
  }
  for (const door of opened) door.open();
  await eventually(() =>
    ids.every((id) => fleet.events.some((event) => event.type === "stale_result" && event.task_id === id)),
  );
  const reports = await eventually(() => {
    const found = errors.map(({ body }) => body).filter(({ reason }) => reason === "stale_result");
    return found.length >= ids.length && found;
  });
  expect(reports.map(({ task_id }) => task_id).sort()).toEqual(ids);
  expect(reports[0]).toMatchObject({
    message: expect.stringMatching(/record of task lost-\d is not readable/) as string,
  });
  const after = await running("after");
  after.open();
  await taskWhen(session, "after", "completed");
  await stand.expectToGoOn();
});
