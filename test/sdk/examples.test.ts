import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listTasks } from "../../src/operations/tasks.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import { STATE_HOME } from "../support/state-dir.js";

const EXAMPLES = join(import.meta.dirname, "../../examples/library");

let server: TestServer;
let home: string;
beforeAll(async () => {
  server = await startTestServer();
  home = await mkdtemp(join(tmpdir(), "mjagent-home-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

/** Runs an example as a person would, from a folder of its own. */
function example(name: string, workspace: { id: string; prefix: string }, ...args: string[]) {
  return execa(process.execPath, [join(EXAMPLES, name), ...args], {
    cwd: home,
    extendEnv: false,
    env: {
      ...{ PATH: process.env["PATH"], HOME: home, XDG_STATE_HOME: STATE_HOME },
      ...{ NATS_URL: server.url, MJAGENT_WORKSPACE: workspace.id, MJAGENT_PREFIX: workspace.prefix },
    },
    reject: false,
    all: true,
    timeout: 25_000,
    killSignal: "SIGKILL",
  });
}

test("publish, worker, own loop: a task, the agents that do it, and what follows", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const { workspace } = session;
  const published = await example("publish.mjs", workspace, "Design the contact page");
  expect(published).toMatchObject({ exitCode: 0, stderr: "" });
  const [design, review] = (await listTasks(session)).sort((a, b) => a.title.localeCompare(b.title));
  expect(published.stdout.split("\n")).toEqual([
    `${design!.task_id}  available  Design the contact page`,
    `${review!.task_id}  blocked  Review: Design the contact page`,
  ]);
  const [worker, loop] = await Promise.all([example("worker.mjs", workspace), example("own-loop.mjs", workspace)]);
  expect(worker).toMatchObject({ exitCode: 0, stderr: "" });
  expect(worker.stdout.split("\n")).toEqual([
    "Debbie is ready",
    `working on ${design!.task_id}: Design the contact page`,
    "done",
  ]);
  expect(loop).toMatchObject({ exitCode: 0, stderr: "" });
  expect(loop.stdout.split("\n")).toEqual(["reviewer is ready", `completed ${review!.task_id}`]);
  expect(await taskWhen(session, review!.task_id, "completed")).toMatchObject({
    owner: "reviewer",
    attempts: 1,
    result: { summary: "0 problems in Review: Design the contact page", data: { problems: 0 } },
  });
});

test("publish: an error is said in a few lines, without a stack", async () => {
  const workspace = freshWorkspace();
  const { exitCode, stderr, stdout } = await example("publish.mjs", workspace, " ");
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^task 1 is not a task\ntitle: a task needs a title$/);
});

test("monitor: what there is, then what happens, until a task ends", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using _fleet = await launch(session, [{ role: roleOf("debbie"), run: () => Promise.resolve("designed") }]);
  await publish(session, { task_id: "waits", title: "Waits", type: "design", require_approval: true });
  const monitor = example("monitor.mjs", session.workspace);
  let ended = false;
  void monitor.then(() => (ended = true));
  // It may begin to watch at any moment: there is always another task to see.
  for (let n = 0; !ended; n++) {
    const task_id = `t${n}`;
    await publish(session, { task_id, title: `Task ${n}`, type: "debbie" });
    await taskWhen(session, task_id, "completed");
    await sleep(50);
  }
  const { exitCode, stdout, stderr } = await monitor;
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^agent debbie: (idle|busy)/m);
  expect(stdout).toMatch(/^awaiting_approval: waits$/m);
  expect(stdout).toMatch(/^completed: t\d+ Task \d+\ndesigned \(attempts: 1\)$/m);
});
