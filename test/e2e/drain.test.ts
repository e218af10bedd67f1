import { afterAll, beforeAll, expect, test } from "vitest";
import { drainAgents } from "../../src/operations/drain-agents.js";
import { eventually } from "../support/eventually.js";
import { publish } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";
import { Place, program } from "./place.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test("a drained agent finishes its task, claims no more, and its launcher ends with 0; the other goes on", async () => {
  await using place = await Place.make({ url: server.url, workspace: freshWorkspace() });
  await place.role("worker", program("gated.sh"));
  const first = place.start(["run", "--agent", "worker", "--json"]);
  await first.event("registered", { agent_id: "Worker" });
  const session = await place.session();
  await publish(session, { task_id: "t", title: "t", type: "worker" });
  await first.event("output", { task_id: "t", line: "started t" });

  expect(await place.json(["drain", "Worker"])).toEqual([{ agent_id: "Worker", role: "worker", running: ["t"] }]);
  await first.event("notice");
  await eventually(async () => /Worker +busy, draining/.test((await place.mjagent(["status"])).stdout));
  await publish(session, { task_id: "u", title: "u", type: "worker" });
  const second = place.start(["run", "--agent", "worker", "--json"]);
  await second.event("registered", { agent_id: "Worker-2" });
  await second.event("output", { task_id: "u", line: "started u" });

  expect(await drainAgents(session, ["Worker"], "me")).toMatchObject([{ running: ["t"] }]);
  await place.open("t");
  expect((await first.ended).code).toBe(0);
  expect(await place.task("t", "completed")).toMatchObject({ attempts: 1 });
  await expect(drainAgents(session, ["Worker-2", "Worker"], "me")).rejects.toMatchObject({ code: "conflict" });
  await expect(drainAgents(session, ["Worker-2", "Nobody"], "me")).rejects.toMatchObject({
    code: "not_found",
    why: "online: Worker-2",
  });
  await place.open("u");
  expect((await place.task("u", "completed")).history).toMatchObject([{ agent_id: "Worker-2" }]);
  expect(second.running).toBe(true);
}, 180_000);
