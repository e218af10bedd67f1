import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";
import { Place, program } from "./place.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const HOURS = 5 * 3_600_000;
const off = (ms: number) => ({
  env: { NODE_OPTIONS: `--import ${program("clock-off.mjs")[1] ?? ""}`, MJ_TEST_CLOCK_OFF: String(ms) },
});

test.each([
  ["ahead", HOURS],
  ["behind", -HOURS],
])("a host whose clock is hours %s: nothing waits longer, nothing starts sooner", async (_, ms) => {
  await using place = await Place.make({ url: server.url, workspace: freshWorkspace() });
  await place.role("worker", program("fails-until-mended.sh"), { retry: { max_attempts: 3, backoff: "4s" } });
  // What it waits for passes: it must not find itself connecting then.
  await place.session();
  // The launcher, which leads too, lives in another hour than the publisher.
  const agent = place.start(["run", "--agent", "worker", "--json", "--heartbeat", "1s"], off(ms));
  await agent.event("registered");
  await place.publish("delayed", "worker", "--not-before", "1h");
  const published = await place.mjagent(["publish", "--title", "T", "--id", "t", "--type", "worker"], off(-ms));
  expect(published.code).toBe(0);

  const failedOnce = await place.task("t", (record) => record.attempts === 1 && record.status === "scheduled");
  const wait = Date.parse(failedOnce.not_before ?? "") - Date.parse(failedOnce.updated_at);
  expect(wait).toBeGreaterThanOrEqual(2_000);
  expect(wait).toBeLessThanOrEqual(4_000);
  await place.write("mended", "");
  const done = await place.task("t", "completed");
  expect(Math.abs(Date.parse(done.created_at) - Date.now())).toBeLessThan(HOURS / 2);
  expect(Date.parse(done.finished_at ?? "")).toBeGreaterThanOrEqual(Date.parse(done.created_at));
  await place.task("delayed", "scheduled");

  const shown = await place.mjagent(["status"], off(ms));
  expect(shown.stdout).toMatch(/Worker +(idle|busy) +(now|\ds ago)/);
  expect(shown.stdout).not.toContain("LOST");
});
