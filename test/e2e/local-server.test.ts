import { expect, test } from "vitest";
import type { Snapshot } from "../../src/domain/snapshot.js";
import { Place } from "./place.js";

interface ServerStatus {
  running: boolean;
  url?: string;
}

test("run --local starts a server that the other commands find without being told, until server stop", async () => {
  await using place = await Place.make();
  await place.role("worker", ["echo", "done"]);
  expect(await place.json<ServerStatus>(["server", "status"])).toMatchObject({ running: false });

  const agent = place.start(["run", "--agent", "worker", "--local"]);
  await agent.says("● online");
  expect(agent.stderr).toMatch(/nats-server \S+ started at nats:\/\/127\.0\.0\.1:\d+/);
  try {
    const published = await place.mjagent(["publish", "--title", "Anything", "--type", "worker", "--wait"]);
    expect(published.code).toBe(0);
    expect((await place.json<Snapshot>(["status"])).agents).toMatchObject([{ agent_id: "Worker", pid: agent.pid }]);

    // It outlives who started it, and serves the next one with what it holds.
    agent.signal("SIGTERM");
    expect((await agent.ended).code).toBe(143);
    const next = await place.mjagent(["run", "--agent", "worker", "--local", "--drain"]);
    expect(next).toMatchObject({ code: 0, stderr: "" });
    expect((await place.json<Snapshot>(["status"])).tasks).toMatchObject({ completed: 1 });
  } finally {
    expect((await place.mjagent(["server", "stop"])).stdout).toMatch(/^nats-server stopped \(pid \d+\)/);
  }
  expect(await place.json<ServerStatus>(["server", "status"])).toMatchObject({ running: false });
  expect(await place.processes()).toEqual([]);
}, 180_000);
