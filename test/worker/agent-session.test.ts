import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentSession } from "../../src/domain/agent-session.js";
import { emptyResult } from "../../src/domain/task.js";
import type { Executor } from "../../src/executors/executor.js";
import { retryTask } from "../../src/operations/tasks.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const noted = (session_id: string): AgentSession => ({
  adapter: "codex",
  session_id,
  host: "h",
  cwd: "/w",
  usage: null,
});

test("a later attempt is given the session of the one before; a person's retry is not, and what is done has none", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const given: (AgentSession | null)[] = [];
  const executor: Executor = {
    run: (input, { onSession }) => {
      given.push(input.task.session);
      // Several in a row: the last one counts.
      onSession?.(noted("early"));
      onSession?.(noted(`s${given.length}`));
      if (given.length < 4) return Promise.resolve({ kind: "failed", reason: "exit", message: "no", result: null });
      return Promise.resolve({ kind: "completed", result: emptyResult(), handoff: [] });
    },
  };
  await using _fleet = await launch(session, [
    { role: roleOf("a", { retry: { max_attempts: 3, backoff: "20ms", max_backoff: "50ms" } }), run: executor },
  ]);
  await publish(session, { task_id: "t", title: "T", type: "a" });
  const failed = await taskWhen(session, "t", "failed");
  expect(given).toEqual([null, noted("s1"), noted("s2")]);
  expect(failed.session).toEqual(noted("s3"));
  await retryTask(session, "t", "kim", null);
  expect((await taskWhen(session, "t", "completed")).session).toBeNull();
  expect(given.slice(3)).toEqual([null]);
});
