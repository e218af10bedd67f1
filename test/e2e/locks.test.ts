import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lock } from "../../src/domain/locks.js";
import type { Why } from "../../src/domain/why.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";
import { Place, program } from "./place.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const RUN = ["run", "--agent", "worker", "--heartbeat", "1s", "--json"];

// Long, as a killed launcher is missed only after its lease.
test(
  "overlapping tasks run one after the other, in order, whatever becomes of their launchers",
  { timeout: 180_000 },
  async () => {
    await using place = await Place.make({ url: server.url, workspace: freshWorkspace() });
    const alone = [...program("alone.sh"), "{{task.phase}}"];
    await place.role("worker", alone, { concurrency: 2, retry: { max_attempts: 2, backoff: "10ms" } });
    const publish = (id: string, phase: string, glob: string, ...more: string[]): Promise<void> =>
      place.publish(id, "worker", "--phase", phase, "--file-glob", glob, ...more);
    const locks = (): Promise<Lock[]> => place.json<Lock[]>(["locks"]);

    const first = place.start(RUN);
    await first.event("registered");
    await first.event("leading");
    await publish("a", "src", "src/**");
    await place.task("a", "in_progress");
    await publish("late", "src", "src/api/x.ts", "--priority", "low");
    await publish("b", "src", "src/api");
    await publish("other", "docs", "docs/**");
    await place.task("other", "in_progress");
    const second = place.start(RUN);
    await second.event("registered", { agent_id: "Worker-2" });

    const held = await locks();
    expect(
      held.map(({ task_id, agent_id, waiting }) => [task_id, agent_id, waiting.map((each) => each.task_id)]),
    ).toEqual(
      expect.arrayContaining([
        ["a", "Worker", ["b", "late"]],
        ["other", "Worker", []],
      ]),
    );
    const why = await place.json<Why>(["why", "late"]);
    expect(why.causes.map(({ code }) => code)).toEqual(["routed", "files_held", "files_line"]);
    expect(await place.task("late", "available")).toMatchObject({ epoch: 0 });

    // The next in line runs at once, at whoever has room.
    await place.open("a");
    const b = await place.task("b", "in_progress");
    const [its, other] = b.owner === "Worker" ? [first, second] : [second, first];
    await its.event("output", { task_id: "b", line: "started b" });
    await place.open("other");
    await place.task("other", "completed");

    // A killed launcher's lease is freed; its task keeps its place.
    await its.kill9();
    await rm(join(place.folder, "inside-src"), { recursive: true, force: true });
    await other.event("output", { task_id: "b", line: "started b" });
    expect(await place.task("b", "in_progress")).toMatchObject({ attempts: 2 });
    expect(await place.task("late", "available")).toMatchObject({ epoch: 0 });

    // A cancelled one's, when its command has ended; and who drains waits for who waits.
    const draining = place.start([...RUN, "--drain"]);
    await draining.event("registered");
    expect((await place.mjagent(["cancel", "b"])).code).toBe(0);
    await place.task("late", "in_progress");
    await place.open("late");
    expect(await place.task("late", "completed")).toMatchObject({ attempts: 1 });
    expect((await draining.ended).code).toBe(0);
    await eventually(async () => (await locks()).length === 0);
  },
);
