import { afterAll, beforeAll, expect, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { approveTask } from "../../src/operations/tasks.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const role = roleOf("debbie", { display_name: "Debbie" });

/** What the server says when it has stored a write to the task bucket. */
const stored = ({ names }: TestSession): string => `"stream":"${names.tasks.stream}"`;

/** An agent behind a proxy, and what it ran. */
async function behindProxy() {
  const workspace = freshWorkspace();
  const session = await openTestSession(server.url, workspace);
  const proxy = await startProxy(server.port);
  const remote = await openTestSession(proxy.url, workspace);
  const runs: string[] = [];
  const fleet = await launch(remote, [
    {
      role,
      run: ({ task }) => {
        runs.push(task.task_id);
        return Promise.resolve("ok");
      },
    },
  ]);
  return {
    ...{ session, proxy, runs, fleet },
    async [Symbol.asyncDispose]() {
      proxy.accept();
      await fleet[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}

test("a claim whose answer got lost is its owner's, who learns of it when it is back, and runs the task once", async () => {
  await using place = await behindProxy();
  const { session, proxy, runs, fleet } = place;
  const lost = proxy.loseAnswer(`${session.names.tasks.subject("a")} `, stored(session));
  await publish(session, { task_id: "a", title: "A", type: "debbie" });
  await lost;
  proxy.cut({ refuse: true });
  // The server knows that Debbie has it; Debbie does not, for as long as she is away.
  await taskWhen(session, "a", "in_progress");
  await sleep(500);
  expect(fleet.launcher.running).toEqual([]);
  proxy.accept();
  expect(await taskWhen(session, "a", "completed")).toMatchObject({ owner: "Debbie", attempts: 1, epoch: 1 });
  expect(runs).toEqual(["a"]);
});

test("a completion whose answer got lost is delivered once more, counted once, announced", async () => {
  await using place = await behindProxy();
  const { session, proxy, runs, fleet } = place;
  // Something ahead of it, so that the next write is the completion and not the claim.
  await publish(session, { task_id: "a", title: "A", type: "debbie", require_approval: true });
  const lost = proxy.loseAnswer('"summary":"ok"', stored(session));
  await approveTask(session, "a", "me", null);
  await lost;
  await eventually(() => fleet.events.some((event) => event.type === "completed"));
  const record = await taskWhen(session, "a", "completed");
  expect(record).toMatchObject({ attempts: 1, epoch: 1, history: [{ outcome: "completed" }] });
  expect(runs).toEqual(["a"]);
  const count = async (): Promise<number> => {
    const { work } = session.names;
    const subject = session.names.event("completed");
    const { state } = await session.jsm.streams.info(work.stream, { subjects_filter: subject });
    return state.subjects?.[subject] ?? 0;
  };
  await eventually(async () => (await count()) === 1);
});
