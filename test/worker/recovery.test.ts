import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findMarked } from "../../src/executors/marked.js";
import { runningDir } from "../../src/executors/running.js";
import { journalName } from "../../src/journal-owner.js";
import { eventually } from "../support/eventually.js";
import { launch } from "../support/fleet.js";
import { deadOwner, lines } from "../support/journals.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test("a launcher that ends at once has ended what an earlier one left, and says so", async () => {
  const runs = [randomUUID(), randomUUID()];
  for (const runId of runs) {
    const env = { PATH: process.env["PATH"], MJAGENT_RUN_ID: runId };
    const script = "trap '' TERM; echo ready; while :; do sleep 1; done";
    const child = spawn("sh", ["-c", script], { env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
  }
  await mkdir(runningDir(), { recursive: true });
  const journal = join(runningDir(), journalName(await deadOwner(), "gone"));
  await writeFile(journal, lines(...runs.map((run_id) => ({ started: { run_id } }))));
  await using session = await openTestSession(server.url, freshWorkspace());
  const { launcher, events } = await launch(session, []);
  await launcher.stop();
  for (const runId of runs) expect(await findMarked(runId)).toEqual([]);
  const message = "ended 2 commands that an earlier run had left behind";
  expect(events).toContainEqual({ type: "notice", message });
  expect(await readdir(runningDir())).toEqual([]);
});

test("a folder that cannot be read is said, and disturbs nothing", async () => {
  await rm(runningDir(), { recursive: true, force: true });
  await writeFile(runningDir(), "in the way");
  await using session = await openTestSession(server.url, freshWorkspace());
  await using fleet = await launch(session, []);
  const notice = /^commands left by an earlier run may still be running: ENOTDIR/;
  await eventually(() => fleet.events.some((event) => event.type === "notice" && notice.test(event.message)));
});
