import { readdir } from "node:fs/promises";
import { join } from "node:path";
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

describe.concurrent("a launcher killed with -9", { timeout: 180_000 }, () => {
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

  test("and its warden with it: the next start ends what they left, and nothing of a launcher that lives", async () => {
    await using place = await Place.make({ url: server.url, workspace: freshWorkspace() });
    await place.role("worker", program("stays-once.mjs"));
    await place.role("bystander", program("gated.sh"));
    const alive = place.start(WORKER.with(2, "bystander"));
    await place.publish("t", "bystander");
    await alive.event("output", { task_id: "t", line: "started t" });
    const victim = place.start(WORKER);
    await victim.event("registered", { agent_id: "Worker" });
    await place.publish("stays", "worker");
    // Both grandchildren, one of them in a session of its own, say their numbers.
    const said = () => victim.events().flatMap(({ line }) => /^left (\d+)$/.exec(String(line))?.[1] ?? []);
    const grandchildren = await eventually(() => said().length === 2 && said().map(Number));

    const family = await descendantsOf(victim.pid);
    const members = await living(family);
    const pidOf = (program: string) => members.find(({ command }) => command.includes(program))?.pid ?? 0;
    const warden = pidOf("warden-main");
    const left = family.filter(({ pid }) => [pidOf("stays-once"), ...grandchildren].includes(pid));
    expect(left).toHaveLength(3);
    process.kill(warden, "SIGKILL");
    await victim.kill9();
    expect(await living(left)).toHaveLength(3);

    // Two at once: one of them finds it.
    const next = [place.start(WORKER), place.start(WORKER)];
    const messages = () => next.flatMap((each) => each.events().map(({ message }) => message));
    const notices = () => messages().filter((text) => typeof text === "string" && text.includes("left behind"));
    await eventually(() => notices().length > 0);
    expect(await living(left)).toEqual([]);
    expect(await place.task("stays", "completed")).toMatchObject({ attempts: 2 });
    expect(notices()).toEqual(["ended 1 command that an earlier run had left behind"]);
    await place.open("t");
    expect(await place.task("t", "completed")).toMatchObject({ attempts: 1, result: { exit_code: 0 } });
    // The dead launcher's journal is gone, and each of the others goes with its own.
    for (const each of [alive, ...next]) each.signal("SIGTERM");
    await Promise.all([alive, ...next].map(({ ended }) => ended));
    expect(await readdir(join(place.root, "state/mjagent/running"))).toEqual([]);
  });
});
