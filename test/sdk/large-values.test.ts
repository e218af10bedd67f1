import "../support/state-dir.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defineAgent, MonitorClient, TaskPublisher, WorkerClient } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const PAYLOAD = { text: "p".repeat(1024 * 1024) };
const DATA = { text: "d".repeat(1024 * 1024) };

function options() {
  const { id, prefix } = freshWorkspace();
  return { server: server.url, workspace: id, prefix };
}

const agent = defineAgent({ name: "debbie", match: { types: ["design"] } });

test("run(handler): what is published is what the handler gets, and what it returns is what a monitor sees", async () => {
  const to = options();
  await using publisher = new TaskPublisher(to);
  await using monitor = new MonitorClient(to);
  await using worker = new WorkerClient({ ...to, agent });
  let given: unknown;
  const running = worker.run(({ task }) => {
    given = task.payload;
    return Promise.resolve({ summary: "designed", data: DATA });
  });
  const task = await publisher.publishTask({ title: "T", type: "design", payload: PAYLOAD });
  expect(task.payload).toEqual(PAYLOAD);
  const seen = await eventually(async () => {
    const now = await monitor.getTaskStatus(task.task_id);
    return now.status === "completed" && now;
  });
  expect(given).toEqual(PAYLOAD);
  expect([seen.payload, seen.result?.data]).toEqual([PAYLOAD, DATA]);
  expect((await monitor.getAllTasks()).completed[0]).toMatchObject({ payload: null, result: { data: null } });
  await worker.close();
  await running;
});

test("a loop of one's own sees whole payloads, and reports whole results", async () => {
  const to = options();
  await using publisher = new TaskPublisher(to);
  await using monitor = new MonitorClient(to);
  await using worker = new WorkerClient({ ...to, agent });
  await worker.register();
  await publisher.publishTask({ task_id: "t", title: "T", type: "design", payload: PAYLOAD });
  for await (const offered of worker.watchTasks()) {
    expect(offered.payload).toEqual(PAYLOAD);
    const claimed = await worker.claimTask(offered);
    expect(claimed).toMatchObject({ status: "in_progress", payload: PAYLOAD });
    await worker.completeTask("t", { data: DATA });
    break;
  }
  expect((await monitor.getTaskStatus("t")).result?.data).toEqual(DATA);
});
