import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Outcome } from "../../src/domain/outcome.js";
import { emptyResult } from "../../src/domain/task.js";
import type { Executor } from "../../src/executors/executor.js";
import type { Workspace } from "../../src/nats/names.js";
import { snapshot } from "../../src/operations/snapshot.js";
import { whyTask } from "../../src/operations/why.js";
import { resumeAccount } from "../../src/operations/workspace.js";
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

const completed = (): Outcome => ({ kind: "completed", result: emptyResult(), handoff: [] });
const short = (ms = 50) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A provider that refuses until it is told otherwise, and counts how many ask at a time. */
function provider(retry_after_ms?: number) {
  const seen = { refuses: true, asked: 0, now: 0, most: 0 };
  const executor: Executor = {
    async run() {
      seen.asked++;
      seen.most = Math.max(seen.most, ++seen.now);
      await short();
      seen.now--;
      if (!seen.refuses) return completed();
      const message = "429 Too Many Requests";
      return {
        kind: "failed",
        reason: "rate_limited",
        message,
        result: null,
        ...(retry_after_ms && { retry_after_ms }),
      };
    },
  };
  return { seen, executor };
}

test("an account that its provider refuses: nobody claims for it, then one task at a time, and no attempt is used up", async () => {
  const { seen, executor } = provider(400);
  const one = { max_attempts: 1, backoff: "20ms", max_backoff: "50ms" };
  const roles = [roleOf("a", { retry: one }), roleOf("b", { retry: one })];
  await using there = await openTestSession(server.url, workspace);
  const agents = roles.map((role) => ({ role, account: "acc", run: executor }));
  await using _here = await launch(session, agents);
  await using _there = await launch(there, agents);
  const free = { role: roleOf("free"), account: "other", run: { run: () => Promise.resolve(completed()) } };
  await using _free = await launch(session, [free]);
  await publish(session, { task_id: "first", title: "T", type: "a" });
  await eventually(async () => expect((await snapshot(session)).rate_limited).toHaveLength(1));
  const ids = ["a", "b"].flatMap((type) => [0, 1, 2].map((n) => ({ task_id: `${type}${n}`, title: "T", type })));
  await publish(session, ...ids);
  seen.most = 0;
  // Whoever has it asks again, is refused again, and nobody else beside it.
  await eventually(() => expect(seen.asked).toBeGreaterThan(3));
  expect(seen.most).toBe(1);
  expect(await taskWhen(session, "first", ({ history }) => history.length > 0)).toMatchObject({
    history: expect.arrayContaining([
      expect.objectContaining({ outcome: "handed_back", reason: "rate_limited", message: "429 Too Many Requests" }),
    ]) as unknown,
  });
  await publish(session, { task_id: "f", title: "T", type: "free" });
  await taskWhen(session, "f", "completed");
  seen.refuses = false;
  for (const { task_id } of ids) expect(await taskWhen(session, task_id, "completed")).toMatchObject({ attempts: 1 });
  await eventually(async () => expect((await snapshot(session)).rate_limited).toEqual([]));
});

test("whoever asks why is told, and a person can have it asked again at once", async () => {
  const { seen, executor } = provider(3_600_000);
  await using _agents = await launch(session, [{ role: roleOf("a"), account: "acc", run: executor }]);
  await publish(session, { task_id: "t", title: "T", type: "a" });
  await eventually(async () => expect((await snapshot(session)).rate_limited).toHaveLength(1));
  await taskWhen(session, "t", "available");
  const { causes, next } = await whyTask(session, "t");
  expect(causes.map(({ code }) => code)).toContain("rate_limited");
  expect(next.map(({ command }) => command)).toContain("mjagent resume --account acc");
  expect((await snapshot(session)).attention).toMatchObject([{ kind: "rate_limited", id: "acc" }]);
  seen.refuses = false;
  await resumeAccount(session, "acc");
  expect(await taskWhen(session, "t", "completed")).toMatchObject({ attempts: 1 });
  await expect(resumeAccount(session, "acc")).rejects.toMatchObject({ code: "not_found" });
});

test("an agent that watches: its event waits, however often its provider refuses", async () => {
  const { seen, executor } = provider(30);
  const retry = { max_attempts: 1, backoff: "20ms" };
  const watcher = roleOf("w", { match: {}, watch: ["completed"], retry });
  await using agents = await launch(session, [
    { role: watcher, account: "acc", run: executor },
    { role: roleOf("a"), run: { run: () => Promise.resolve(completed()) } },
  ]);
  await publish(session, { task_id: "t", title: "T", type: "a" });
  await eventually(() => expect(seen.asked).toBeGreaterThan(1));
  seen.refuses = false;
  await eventually(() =>
    expect(agents.events.filter(({ type }) => type === "watched").at(-1)).toMatchObject({ outcome: "completed" }),
  );
});
