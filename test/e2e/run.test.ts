import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Snapshot } from "../../src/domain/snapshot.js";
import type { TaskRecord } from "../../src/domain/task.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";
import { Place, program } from "./place.js";
import { copyWebsite } from "./website.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const here = (): Promise<Place> => Place.make({ url: server.url, workspace: freshWorkspace() });

describe.concurrent("mjagent run", { timeout: 180_000 }, () => {
  test("--once: one task, then it ends by itself", async () => {
    await using place = await here();
    await place.role("worker", ["echo", "done"]);
    await place.publish("one", "worker");
    await place.publish("two", "worker");
    const run = await place.mjagent(["run", "--agent", "worker", "--once"]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/✓ \w+ completed in \S+: done/);
    const tasks = await place.json<TaskRecord[]>(["tasks"]);
    expect(tasks.map(({ status }) => status).sort()).toEqual(["available", "completed"]);
    expect((await place.json<Snapshot>(["status"])).agents).toMatchObject([{ agent_id: "Worker", status: "offline" }]);
  });

  test("--drain: the whole pipeline with its hand-offs and Morgan's events, then it ends by itself", async () => {
    await using place = await here();
    const read = await copyWebsite(place);
    await place.publish("about", "design");
    const { code, stdout } = await place.mjagent(["run", "--all", "--drain", "--json"]);
    expect(code).toBe(0);
    const events = stdout.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.every(({ event, time }) => typeof event === "string" && typeof time === "string")).toBe(true);
    const count = (name: string): number => events.filter(({ event }) => event === name).length;
    expect([count("claimed"), count("completed"), count("watched"), count("offline")]).toEqual([3, 3, 3, 4]);
    expect(await read("public/about/index.html")).toContain("<!doctype html>");
    expect(await read("ROADMAP.md")).toContain("- [x] Publish the about page");
  });

  test("--drain with nothing to do ends; with --id the agent goes by that id", async () => {
    await using place = await here();
    await place.role("worker", ["echo", "done"]);
    const run = await place.mjagent(["run", "--agent", "worker", "--id", "Worker-77", "--drain"]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/Worker-77\s+● online/);
    const status = await place.json<Snapshot>(["status"]);
    expect(status.agents).toMatchObject([{ agent_id: "Worker-77", role: "worker", status: "offline" }]);
  });

  test("several agents in one process; --concurrency: that many tasks at once", async () => {
    await using place = await here();
    await place.role("digger", program("gated.sh"));
    await place.role("painter", program("gated.sh"));
    const run = place.start(["run", "--agent", "digger", "--agent", "painter", "--concurrency", "2", "--json"]);
    await run.event("registered", { agent_id: "Painter" });
    const batch = ["d1", "d2", "d3"].map((task_id) => ({ task_id, title: task_id, type: "digger" }));
    await place.write(
      "tasks.jsonl",
      [...batch, { task_id: "p1", title: "p1", type: "painter" }].map((task) => JSON.stringify(task)).join("\n"),
    );
    expect((await place.mjagent(["publish", "--from", "tasks.jsonl"])).code).toBe(0);

    const claimedBy = (agent: string): unknown[] =>
      run
        .events()
        .filter(({ event, agent_id }) => event === "claimed" && agent_id === agent)
        .map(({ task_id }) => task_id);
    await run.event("claimed", { task_id: "p1", agent_id: "Painter" });
    await eventually(() => claimedBy("Digger").length === 2);
    // Both at work, and not a third one.
    const running = claimedBy("Digger").map(String);
    for (const id of running) await run.event("output", { task_id: id, line: `started ${id}` });
    const busy = await place.json<Snapshot>(["status"]);
    expect(busy.tasks).toMatchObject({ in_progress: 3, available: 1 });
    await eventually(async () => {
      const { agents } = await place.json<Snapshot>(["status"]);
      expect(agents).toMatchObject([
        { agent_id: "Digger", status: "busy", current_tasks: expect.arrayContaining(running) as string[] },
        { agent_id: "Painter", status: "active", current_task: "p1" },
      ]);
      return true;
    });
    for (const id of ["d1", "d2", "d3", "p1"]) await place.open(id);
    for (const id of ["d1", "d2", "d3", "p1"]) await place.task(id, "completed");
    expect(claimedBy("Digger")).toHaveLength(3);
  });
});
