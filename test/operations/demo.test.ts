import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prepareDemo, runPipeline, startDemoAgents } from "../../src/operations/demo.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await prepareDemo();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("four agents make a page of one design task, with real commands, in a folder of its own", async () => {
  expect(existsSync(join(folder, "agents", "debbie.yaml"))).toBe(true);
  expect(existsSync(join(folder, "public"))).toBe(false);
  await using session = await openTestSession(server.url, freshWorkspace());
  await using launcher = await startDemoAgents(session, folder, () => undefined);
  const roadmap = await readFile(join(folder, "ROADMAP.md"), "utf8");
  const result = await runPipeline(session, launcher, folder, AbortSignal.timeout(60_000));
  expect(result.tasks.map(({ type, status }) => [type, status])).toEqual([
    ["design", "completed"],
    ["mobiledoc_conversion", "completed"],
    ["publishing", "completed"],
  ]);
  expect(result.tasks.map(({ history }) => history.at(-1)?.agent_id)).toEqual(["Debbie", "DocBrown", "Alice"]);
  expect(result.page?.endsWith("index.html")).toBe(true);
  expect(await readFile(result.page!, "utf8")).toContain("<!doctype html>");
  expect(await readFile(join(folder, "ROADMAP.md"), "utf8")).not.toBe(roadmap);
}, 90_000);

test("a demo that is stopped before it has finished says so", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await using launcher = await startDemoAgents(session, folder, () => undefined);
  await expect(runPipeline(session, launcher, folder, AbortSignal.abort())).rejects.toMatchObject({
    code: "failure",
    message: expect.stringContaining("stopped") as string,
  });
});
