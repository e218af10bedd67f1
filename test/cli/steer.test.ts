import { afterAll, beforeAll, expect, test } from "vitest";
import { answer } from "../../src/nats/control.js";
import { getTask } from "../../src/operations/tasks.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
});
afterAll(() => cli[Symbol.asyncDispose]());

test("cancel: each id is tried, each failure reported, the first one's exit code", async () => {
  await cli.publish({ task_id: "a", title: "A" });
  await cli.publish({ task_id: "b", title: "B" });
  await cli.complete("b", "done");
  const run = await cli.mjagent(["cancel", "b", "nope", "a", "--reason", "no longer needed"]);
  expect(run).toMatchObject({ exitCode: 6, stdout: "a cancelled: it was not running" });
  expect(run.stderr).toContain("cancel does not apply: task b is completed");
  expect(run.stderr).toContain("there is no task nope");
  const { status, error } = await getTask(cli.session, "a");
  expect(status).toBe("cancelled");
  expect(error?.message).toMatch(/^cancelled by .+@.+: no longer needed$/);
});

test("cancel of a running task says whether its command has ended", async () => {
  const stop = new AbortController();
  answer(cli.session, cli.session.names.agentControl("Alice"), stop.signal, () =>
    Promise.resolve({ instance_id: "i1", stopped: true }),
  );
  await cli.publish({ task_id: "run1", title: "A" });
  await cli.claim("run1", "Alice");
  await cli.publish({ task_id: "run2", title: "B" });
  await cli.claim("run2", "Nobody");
  const run = await cli.mjagent(["cancel", "run1", "run2"]);
  stop.abort();
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain("run1 cancelled: Alice has stopped its command");
  expect(run.stdout).toContain("run2 cancelled; Nobody has not confirmed");
});

test("retry, approve and reject change the record and say what happens next", async () => {
  await cli.publish({ task_id: "f", title: "F" });
  await cli.fail("f", "broken");
  const retried = await cli.mjagent(["retry", "f"]);
  expect(retried.stdout).toMatch(/^f is available again: no role matches yet/);

  await cli.publish({ task_id: "g", title: "G", require_approval: true, not_before: "1h" });
  await cli.publish({ task_id: "h", title: "H", require_approval: true });
  const approved = await cli.mjagent(["approve", "g", "--json"]);
  expect(JSON.parse(approved.stdout)).toMatchObject([{ task_id: "g", status: "scheduled" }]);
  const rejected = await cli.mjagent(["reject", "h", "--reason", "too long"]);
  expect(rejected.stdout).toMatch(/^h cancelled: rejected by .+: too long$/);
});

test("--json: an array on stdout, an error a line on stderr", async () => {
  const run = await cli.mjagent(["retry", "nope", "nada", "--json"]);
  expect(run.exitCode).toBe(3);
  expect(JSON.parse(run.stdout)).toEqual([]);
  const errors = run.stderr.split("\n").map((line) => JSON.parse(line) as { error: { code: string } });
  expect(errors.map(({ error }) => error.code)).toEqual(["not_found", "not_found"]);
});
