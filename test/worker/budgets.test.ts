import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ErrorReport } from "../../src/domain/message.js";
import type { Outcome } from "../../src/domain/outcome.js";
import { emptyResult } from "../../src/domain/task.js";
import type { UsageEntry } from "../../src/domain/usage.js";
import type { Executor } from "../../src/executors/executor.js";
import type { Workspace } from "../../src/nats/names.js";
import { tail } from "../../src/nats/tail.js";
import { listBudgets, raiseBudget } from "../../src/operations/budgets.js";
import { retryTask } from "../../src/operations/tasks.js";
import { usageSince } from "../../src/operations/usage.js";
import { whyTask } from "../../src/operations/why.js";
import { setRules } from "../../src/operations/workspace.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
let workspace: Workspace;
let session: TestSession;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  workspace = freshWorkspace();
  session = await openTestSession(server.url, workspace);
  return () => session[Symbol.asyncDispose]();
});

const told = (tokens: number) =>
  ({ input_tokens: tokens, output_tokens: 0, cost_usd: null, adapter: "claude", model: "m" }) as const;

/** Uses so many tokens, and then does what the task's payload says: it ends well, fails, or stays until it is stopped. */
const uses = (tokens: number): Executor => ({
  run: ({ task }, { onUsage, signal }) => {
    onUsage?.(told(tokens / 2));
    onUsage?.(told(tokens));
    if (task.payload === "fail") {
      return Promise.resolve({ kind: "failed", reason: "exit", message: "exit 1", result: null });
    }
    const done: Outcome = { kind: "completed", result: emptyResult(), handoff: [] };
    if (task.payload !== "stay" || task.history.length > 1) return Promise.resolve(done);
    return new Promise((resolve) => {
      const stopped = (): void => resolve({ kind: "stopped" });
      signal.addEventListener("abort", stopped, { once: true });
      if (signal.aborted) stopped();
    });
  },
});

const entries = (): Promise<UsageEntry[]> => usageSince(session, new Date(Date.now() - 60_000));

test("a role's budget: what two launchers use counts together, the rest waits, says why, and goes on when it is raised", async () => {
  const role = roleOf("a", { budget: { tokens: 100 } });
  await using other = await openTestSession(server.url, workspace);
  const reports: ErrorReport[] = [];
  const done = new AbortController();
  tail(session, {
    ...{ stream: session.names.work.stream, filter: session.names.channel("errors"), start: "all" },
    signal: done.signal,
    onMessage: (message) => reports.push(message.json() as ErrorReport),
  });
  await using first = await launch(session, [{ role, run: uses(40) }]);
  await publish(session, { task_id: "one", title: "T", type: "a" });
  await taskWhen(session, "one", "completed");
  await publish(session, { task_id: "two", title: "T", type: "a" });
  await taskWhen(session, "two", "completed");
  await first.launcher.stop();
  // Another launcher, as after a restart: it counts what was used before.
  await using _second = await launch(other, [{ role, run: uses(40) }]);
  expect(await listBudgets(session)).toMatchObject([{ role: "a", percent: 80, state: "warning" }]);
  await publish(session, { task_id: "three", title: "T", type: "a" });
  await taskWhen(session, "three", "completed");
  await publish(session, { task_id: "four", title: "T", type: "a" });
  await eventually(async () => (await whyTask(session, "four")).causes.some(({ code }) => code === "budget"));
  expect((await whyTask(session, "four")).next).toMatchObject([{ command: "mjagent budget raise a --tokens N" }]);
  expect((await taskWhen(session, "four", "available")).epoch).toBe(0);
  await raiseBudget(session, "a", { tokens: 100 }, { by: "kim", reason: null });
  await taskWhen(session, "four", "completed");
  expect((await entries()).map(({ task_id, input_tokens, final }) => [task_id, input_tokens, final]).sort()).toEqual(
    ["four", "one", "three", "two"].map((id) => [id, 40, true]),
  );
  await eventually(() => reports.filter(({ reason }) => reason === "budget").length === 3);
  expect(reports.map(({ message }) => message.split(" ")[3])).toEqual(["80%", "100%", "80%"]);
  done.abort();
  await expect(raiseBudget(session, "a", { usd: 1 }, { by: "kim", reason: null })).rejects.toMatchObject({
    code: "usage",
  });
  await expect(raiseBudget(session, null, { usd: 1 }, { by: "kim", reason: null })).rejects.toMatchObject({
    code: "not_found",
  });
});

test("the workspace's, hard: what runs is stopped and handed back uncounted, and goes on when it is raised", async () => {
  await setRules(session, { budget: { tokens: 100, per: "week", hard: true } });
  await using agents = await launch(session, [
    { role: roleOf("a", { concurrency: 2 }), run: uses(60) },
    { role: roleOf("b"), run: uses(60) },
  ]);
  await publish(session, { task_id: "stays", title: "T", type: "a", payload: "stay" });
  await taskWhen(session, "stays", "in_progress");
  await publish(session, { task_id: "more", title: "T", type: "b" });
  const back = await taskWhen(session, "stays", ({ status, history }) => status === "available" && history.length > 0);
  expect(back).toMatchObject({ attempts: 0, history: [{ outcome: "handed_back", reason: "budget" }] });
  await eventually(() => agents.launcher.running.length === 0);
  await raiseBudget(session, null, { tokens: 1_000 }, { by: "kim", reason: null });
  expect(await taskWhen(session, "stays", "completed")).toMatchObject({ attempts: 1 });
});

test("per task: hard stops it, soft does not try it again; a retry by a person is a new allowance", async () => {
  await using _ = await launch(session, [
    { role: roleOf("hard", { budget: { tokens: 100, per: "task", hard: true } }), run: uses(100) },
    { role: roleOf("soft", { budget: { tokens: 100, per: "task" } }), run: uses(60) },
  ]);
  await publish(
    session,
    { task_id: "h", title: "T", type: "hard", payload: "stay" },
    { task_id: "s", title: "T", type: "soft", payload: "fail" },
  );
  const stopped = await taskWhen(session, "h", "failed");
  expect(stopped).toMatchObject({ attempts: 1, error: { reason: "budget" } });
  // The first attempt leaves something, the second uses it up.
  expect(await taskWhen(session, "s", "failed")).toMatchObject({ attempts: 2, error: { reason: "budget" } });
  await retryTask(session, "s", "kim", null);
  const again = await taskWhen(session, "s", ({ status, epoch }) => status === "failed" && epoch === 4);
  expect(again).toMatchObject({ attempts: 2, error: { reason: "budget" } });
});
