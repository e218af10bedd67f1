import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { startTestServer } from "../support/nats-server.js";
import { Place, program } from "./place.js";

const RUN = ["run", "--agent", "worker", "--json"];

/** What waits in the outboxes of a place: its journals' text. */
async function outbox(place: Place): Promise<string> {
  const folder = join(place.root, "state/mjagent/outbox");
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return (await Promise.all(files.map((file) => readFile(join(folder, file), "utf8").catch(() => "")))).join("");
}

/** A server of the test's own, which it may kill, and a launcher that works on the task `t`. */
async function working() {
  const server = await startTestServer();
  const place = await Place.make({ url: server.url });
  await place.role("worker", program("gated.sh"));
  await place.role("other", program("gated.sh"));
  const agent = place.start(RUN);
  await agent.event("registered");
  await place.publish("t", "worker");
  await agent.event("output", { task_id: "t", line: "started t" });
  return {
    server,
    place,
    agent,
    /** Kills the server and lets the command finish; its result waits in the outbox then. */
    async finishWithoutServer() {
      await server.kill9();
      await agent.says("connection lost");
      await place.open("t");
      await agent.event("output", { task_id: "t", line: "did t in attempt 1" });
      await eventually(async () => (await outbox(place)).includes('"t.1"'));
    },
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe.concurrent("without a server", { timeout: 180_000 }, () => {
  test("at the start: exit 5, with its address and the next step", async () => {
    const server = await startTestServer();
    await server[Symbol.asyncDispose]();
    await using place = await Place.make({ url: server.url });
    await place.role("worker", ["true"]);
    for (const args of [["run", "--agent", "worker"], ["publish", "--title", "x"], ["status"], ["demo"]]) {
      const { code, stderr, stdout } = await place.mjagent(args);
      expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
      expect(stderr).toBe(
        `error: cannot reach NATS at ${server.url}\n  why: connection refused\n` +
          "  next: start one with: mjagent server start; or name another with --server or NATS_URL",
      );
    }
    const json = await place.mjagent(["run", "--agent", "worker", "--json"]);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: "unreachable", retryable: true } });
  });

  test("one that is killed and comes back while a command runs: it completes, the process stays up", async () => {
    await using at = await working();
    const { server, place, agent } = at;
    await server.kill9();
    await agent.says("connection lost");
    await server.restart();
    await agent.says("connected again");
    await place.open("t");
    expect(await place.task("t", "completed")).toMatchObject({
      attempts: 1,
      epoch: 1,
      result: { summary: "did t in attempt 1", exit_code: 0 },
    });
    // And it goes on to work.
    await place.publish("next", "worker");
    await place.open("next");
    await place.task("next", "completed");
    expect(agent.running).toBe(true);
  });

  test("a result that was there while the server was away is delivered when it is back", async () => {
    await using at = await working();
    await at.finishWithoutServer();
    await at.server.restart();
    expect(await at.place.task("t", "completed")).toMatchObject({
      attempts: 1,
      result: { summary: "did t in attempt 1" },
    });
    await at.agent.event("completed", { task_id: "t" });
    expect(at.agent.running).toBe(true);
  });

  test("killed with a result in its outbox: the next start on this machine delivers it", async () => {
    await using at = await working();
    const { server, place, agent } = at;
    await at.finishWithoutServer();
    await agent.kill9();
    await server.restart();
    const next = place.start(["run", "--agent", "other", "--json"]);
    await next.says("a result of Worker for t was delivered late");
    expect(await place.task("t", "completed")).toMatchObject({
      attempts: 1,
      epoch: 1,
      result: { summary: "did t in attempt 1" },
    });
    await eventually(async () => (await outbox(place)) === "");
  });

  test("the same, but somebody else has done the task meanwhile: it is refused, visibly", async () => {
    await using at = await working();
    const { server, place, agent } = at;
    await at.finishWithoutServer();
    await agent.kill9();
    await server.restart();
    // On another machine: it has another outbox. The same name, so the old instance counts as gone.
    const elsewhere = place.start(RUN, { env: { XDG_STATE_HOME: join(place.root, "elsewhere") } });
    await elsewhere.event("completed", { task_id: "t", epoch: 2 });
    const next = place.start(["run", "--agent", "other", "--json"]);
    await next.event("stale_result", { task_id: "t", agent_id: "Worker" });
    const session = await place.session();
    using errors = await collect(session, session.names.channel("errors"));
    expect(errors.map(({ body }) => body)).toMatchObject([{ reason: "stale_result", task_id: "t", epoch: 1 }]);
    expect(await place.task("t", "completed")).toMatchObject({ result: { summary: "did t in attempt 2" } });
    await eventually(async () => (await outbox(place)) === "");
  });

  test("stopped while the server is away: the command is ended, and its task handed back by the next start", async () => {
    await using at = await working();
    const { server, place, agent } = at;
    await server.kill9();
    await agent.says("connection lost");
    agent.signal("SIGTERM");
    await agent.says("finishing 1 running");
    agent.signal("SIGTERM");
    expect((await agent.ended).code).toBe(143);
    expect(await place.processes()).toEqual([]);
    await server.restart();
    place.start(["run", "--agent", "other"]);
    expect(await place.task("t", "available")).toMatchObject({ attempts: 0, epoch: 1 });
  });

  test("a result that waits for one server is kept when mjagent is used with another one", async () => {
    await using at = await working();
    const { place, agent } = at;
    await at.finishWithoutServer();
    await agent.kill9();
    expect((await place.mjagent(["demo"], { env: { NATS_URL: "" } })).code).toBe(0);
    expect(await outbox(place)).toContain('"t.1"');
  });
});
