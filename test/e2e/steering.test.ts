import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { eventually } from "../support/eventually.js";
import { freshWorkspace } from "../support/session.js";
import { Place, program } from "./place.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A place with a launcher for its role `worker`. */
async function working(run: string[], more: Record<string, unknown> = {}) {
  const place = await Place.make({ url: server.url, workspace: freshWorkspace() });
  await place.role("worker", run, more);
  const agent = place.start(["run", "--agent", "worker", "--json"]);
  await agent.event("registered");
  return { place, agent, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

describe.concurrent("a task and its running command", { timeout: 180_000 }, () => {
  test("cancel kills the command, and the agent goes on to the next task", async () => {
    await using at = await working(program("with-grandchildren.sh"));
    const { place, agent } = at;
    await place.publish("long", "worker");
    await agent.event("output", { task_id: "long", line: "started long" });
    // The launcher, the command and its two children, of which a shell says nothing when they are there.
    await eventually(async () => (await place.processes()).length >= 4);
    const cancel = await place.mjagent(["cancel", "long", "--reason", "the brief has changed"]);
    expect(cancel).toMatchObject({ code: 0, stdout: "long cancelled: Worker has stopped its command" });
    // The launcher is all that is left.
    expect((await place.processes()).map(({ pid }) => pid)).toEqual([agent.pid]);
    expect(await place.task("long", "cancelled")).toMatchObject({ attempts: 1 });
    await agent.event("stopped", { task_id: "long", why: "cancelled" });
    await place.publish("short", "worker", "--wait");
  });

  test("publish --wait exits 7 when the task fails; retry runs it again", async () => {
    await using at = await working(program("fails-until-mended.sh"), { retry: { max_attempts: 2, backoff: "10ms" } });
    const { place } = at;
    const publish = ["publish", "--title", "Mend it", "--id", "m", "--type", "worker", "--wait"];
    const waited = await place.mjagent(publish);
    expect(waited.code).toBe(7);
    expect(waited.stderr).toContain("error: task m has failed\n  why: exited with code 1: it is broken");
    expect(await place.task("m", "failed")).toMatchObject({ attempts: 2, epoch: 2 });
    const failed = await place.mjagent(["logs", "m"]);
    expect(failed.stdout).toBe("looking\nit is broken\nlooking\nit is broken");

    await place.write("mended", "");
    const retried = await place.mjagent(["retry", "m"]);
    expect(retried.code).toBe(0);
    const again = await place.mjagent(["wait", "m", "--timeout", "1m"]);
    expect(again.code).toBe(0);
    expect(await place.task("m", "completed")).toMatchObject({
      attempts: 1,
      epoch: 3,
      error: null,
      result: { summary: "works in attempt 1" },
    });
  });

  test("logs -f follows a running task to its end", async () => {
    await using at = await working(program("gated.sh"));
    const { place } = at;
    await place.publish("t", "worker");
    const [people, json] = [place.start(["logs", "t", "-f"]), place.start(["logs", "t", "-f", "--json"])];
    await people.says("started t");
    await json.says("started t");
    await place.open("t");
    expect(await people.ended).toMatchObject({ code: 0, stdout: "started t\ndid t in attempt 1" });
    const { code, stdout } = await json.ended;
    expect(code).toBe(0);
    const lines = stdout.split("\n").map((line) => JSON.parse(line) as { text: string; agent_id: string });
    expect(lines.map(({ text }) => text)).toEqual(["started t", "did t in attempt 1"]);
    expect(lines[0]).toMatchObject({ agent_id: "Worker", stream: "stdout", attempt: 1, epoch: 1 });
  });
});
