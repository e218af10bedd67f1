import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Snapshot } from "../../src/domain/snapshot.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";
import { Place, program } from "./place.js";
import { descendantsOf, living } from "./processes.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const fixture = (name: string): string[] => [
  process.execPath,
  fileURLToPath(new URL(`../fixtures/agents/${name}.mjs`, import.meta.url)),
];

/** A place with a launcher that runs the task `t`, whose command has said its first word. */
async function working(run: string[], firstLine: string) {
  const place = await Place.make({ url: server.url, workspace: freshWorkspace() });
  await place.role("worker", run);
  const agent = place.start(["run", "--agent", "worker", "--json"]);
  await agent.event("registered");
  await place.publish("t", "worker");
  await agent.event("output", { task_id: "t", line: firstLine });
  const status = async (): Promise<string | undefined> =>
    (await place.json<Snapshot>(["status"])).agents.find(({ agent_id }) => agent_id === "Worker")?.status;
  return { place, agent, status, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

describe.concurrent("signals to mjagent run", { timeout: 180_000 }, () => {
  test("the first SIGTERM drains: running work finishes, nothing new is claimed, exit 143", async () => {
    await using at = await working(program("gated.sh"), "started t");
    const { place, agent } = at;
    agent.signal("SIGTERM");
    await agent.says("finishing 1 running");
    await place.publish("unclaimed", "worker");
    await place.open("unclaimed");
    expect(await place.task("t", "in_progress")).toMatchObject({ attempts: 1 });
    expect(await at.status()).toBe("busy");
    await place.open("t");
    expect((await agent.ended).code).toBe(143);
    expect(await place.processes()).toEqual([]);
    expect(await place.task("t", "completed")).toMatchObject({ result: { summary: "did t in attempt 1" } });
    expect(await place.task("unclaimed", "available")).toMatchObject({ attempts: 0 });
    expect(await at.status()).toBe("offline");
  });

  test("the second stops at once: the command is gone, its task is back and not counted, exit 143", async () => {
    await using at = await working(fixture("slow"), "started");
    const { place, agent } = at;
    const family = await descendantsOf(agent.pid);
    agent.signal("SIGTERM");
    await agent.says("finishing 1 running");
    agent.signal("SIGTERM");
    expect((await agent.ended).code).toBe(143);
    // The launcher leaves nothing for later: all is gone when it is.
    expect(await place.processes()).toEqual([]);
    await eventually(async () => (await living(family)).length === 0);
    expect(await place.task("t", "available")).toMatchObject({ attempts: 0, owner: null, epoch: 1 });
    expect(await at.status()).toBe("offline");
  });

  test("Ctrl-C twice, at the whole group as a terminal does it: the same, exit 130", async () => {
    await using at = await working(fixture("slow"), "started");
    const { place, agent } = at;
    agent.ctrlC();
    await agent.says("finishing 1 running");
    expect(await place.task("t", "in_progress")).toMatchObject({ attempts: 1 });
    agent.ctrlC();
    expect((await agent.ended).code).toBe(130);
    expect(await place.processes()).toEqual([]);
    expect(await place.task("t", "available")).toMatchObject({ attempts: 0 });
  });

  test("an idle launcher ends on the first one, and while its agents still register", async () => {
    await using place = await Place.make({ url: server.url, workspace: freshWorkspace() });
    for (const name of ["a", "b", "c", "d"]) await place.role(name, ["true"]);
    const agents = place.start(["run", "--all"]);
    await agents.says("● online");
    agents.ctrlC();
    const { code, stderr } = await agents.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    const status = await place.json<Snapshot>(["status"]);
    expect(status.agents.map((agent) => agent.status)).toEqual(["offline", "offline", "offline", "offline"]);
  });

  test("a command that takes no notice is killed after the grace, and its child with it", async () => {
    await using at = await working(fixture("ignores-sigterm"), "started");
    const { place, agent } = at;
    agent.signal("SIGTERM");
    await agent.says("finishing 1 running");
    agent.signal("SIGTERM");
    await agent.event("output", { task_id: "t", line: "no" });
    expect((await agent.ended).code).toBe(143);
    expect(await place.processes()).toEqual([]);
    expect(await place.task("t", "available")).toMatchObject({ attempts: 0 });
    expect(await at.status()).toBe("offline");
  });
});
