import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

const WORKER = ["run", "--agent", "worker", "--heartbeat", "1s", "--json"];

describe.concurrent("a launcher killed with -9", { timeout: 60_000 }, () => {
  for (const leads of [true, false]) {
    test(`its task runs again elsewhere and nothing of its command is left (it ${leads ? "led" : "did not lead"})`, async () => {
      await using place = await Place.make({ url: server.url, workspace: freshWorkspace() });
      await place.role("worker", program("stays-once.mjs"));
      await place.role("bystander", program("gated.sh"));
      const first = place.start(leads ? WORKER : WORKER.with(2, "bystander"));
      await first.event("leading");
      const victim = leads ? first : place.start(WORKER);
      await victim.event("registered", { agent_id: "Worker" });
      await place.publish("stays", "worker");
      await victim.event("claimed", { task_id: "stays", agent_id: "Worker", epoch: 1 });
      // Both grandchildren, one of them in a session of its own.
      await eventually(() => victim.events().filter(({ line }) => String(line).startsWith("left ")).length === 2);

      const second = place.start(WORKER);
      const registered = await second.event("registered");
      expect(registered).toMatchObject({ agent_id: "Worker-2", wanted_id: "Worker" });
      const family = await descendantsOf(victim.pid);
      // The command, its two children with what they run, and the warden.
      expect(family.length).toBeGreaterThanOrEqual(4);
      await victim.kill9();

      const record = await place.task("stays", "completed");
      expect(record).toMatchObject({ attempts: 2, epoch: 2, result: { summary: "did it in attempt 2" } });
      expect(record.history).toMatchObject([
        { attempt: 1, agent_id: "Worker", reason: "agent_lost" },
        { attempt: 2, agent_id: "Worker-2", outcome: "completed" },
      ]);
      expect(await eventually(async () => (await living(family)).length === 0)).toBe(true);

      // Somebody leads, and the name is free again.
      const third = place.start(WORKER);
      expect(await third.event("registered")).toMatchObject({ agent_id: "Worker" });
      await place.publish("later", "worker", "--wait");
    });
  }
});
