import "../support/state-dir.js";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { idOfHandoff } from "../../src/domain/identity.js";
import { getRecord } from "../../src/operations/tasks.js";
import { startConfigured } from "../nats/configured-server.js";
import { collect } from "../support/collect.js";
import { eventually } from "../support/eventually.js";
import { launch, publish, roleOf, taskWhen } from "../support/fleet.js";
import { freshWorkspace, openTestSession } from "../support/session.js";

test("on a server whose messages hold 64 KiB, less is kept in records, and everything still fits", async () => {
  const store = await mkdtemp(join(tmpdir(), "mjagent-nats-"));
  {
    await using server = await startConfigured(`max_payload: 65536\njetstream { store_dir: ${JSON.stringify(store)} }`);
    await using session = await openTestSession(server.url, freshWorkspace());
    using completed = await collect(session, session.names.event("completed"));
    const payload = "p".repeat(2_000_000);
    const data = "d".repeat(1_000_000);
    let given: unknown;
    await using _fleet = await launch(session, [
      {
        role: roleOf("debbie"),
        run: ({ task }) => {
          given = task.payload;
          const handoff = Array.from({ length: 3 }, (_, n) => ({
            title: `Child ${n}`,
            payload: String(n).repeat(100_000),
          }));
          return Promise.resolve({ summary: "s".repeat(30_000), data, handoff });
        },
      },
    ]);
    await publish(session, { task_id: "t", title: "T", type: "debbie", description: "d".repeat(15_000), payload });
    expect((await taskWhen(session, "t", "completed")).result?.data).toBe(data);
    expect(given).toBe(payload);
    expect((await taskWhen(session, idOfHandoff("t", 2), "available")).payload).toBe("2".repeat(100_000));
    expect(JSON.stringify(await getRecord(session, "t")).length).toBeLessThan(50_000);
    await eventually(() => completed.length === 1);
    await expect(publish(session, { title: "T", description: "d".repeat(20_000) })).rejects.toMatchObject({
      code: "usage",
      why: "title and description have 20 KiB; 16 KiB is the limit",
    });
  }
  await rm(store, { recursive: true, force: true, maxRetries: 5 });
});
