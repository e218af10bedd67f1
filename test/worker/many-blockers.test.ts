import "../support/state-dir.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AttemptInput } from "../../src/executors/executor.js";
import { getTask } from "../../src/operations/tasks.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const COUNT = 10_000;
const MIB = 1024 * 1024;

test("a task that waits for 10,000 others gets their results, as many as there is room for", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const ids = Array.from({ length: COUNT }, (_, n) => `b${n}`);
  const inputs: AttemptInput[] = [];
  await publish(
    session,
    { task_id: "last", title: "Last", type: "waiter", blocked_by: ids },
    ...ids.map((task_id) => ({ task_id, title: task_id, type: "worker" })),
  );
  expect((await getTask(session, "last")).status).toBe("blocked");
  await using _fleet = await launch(session, [
    {
      role: roleOf("worker", { concurrency: 100 }),
      // One of them is large, the others are 30 MiB together.
      run: ({ task }) =>
        Promise.resolve({ summary: task.task_id, data: "x".repeat(task.task_id === "b7" ? MIB : 3_000) }),
    },
    {
      role: roleOf("waiter"),
      run: (input) => {
        inputs.push(input);
        return Promise.resolve("done");
      },
    },
  ]);
  expect(await taskWhen(session, "last", "completed", 200_000)).toMatchObject({
    attempts: 1,
    result: { summary: "done" },
  });
  const [{ blockers } = { blockers: [] }] = inputs;
  expect(blockers.map(({ task_id }) => task_id)).toEqual(ids);
  const whole = blockers.filter(({ result }) => result !== null);
  expect(whole.length).toBeGreaterThan(4_000);
  expect(whole.every(({ task_id, result, note }) => result?.summary === task_id && note === undefined)).toBe(true);
  expect(whole[7]?.result?.data).toHaveLength(MIB);
  expect(JSON.stringify(whole).length).toBeLessThan(18 * MIB);
  for (const { note, task_id } of blockers.slice(whole.length)) expect(note).toContain(`mjagent tasks show ${task_id}`);
}, 240_000);
