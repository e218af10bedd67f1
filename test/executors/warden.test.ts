import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { findMarked } from "../../src/executors/marked.js";
import { Warden } from "../../src/executors/warden.js";
import { attempt, completed, fixture, fixturesDir, roleOf } from "./support.js";

async function until(what: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (await what()) return;
    await sleep(10);
  }
  throw new Error(`never came true: ${what.toString()}`);
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.each(["leaves-grandchildren", "ignores-sigterm"])("kill -9 of the launcher leaves nothing of %s", async (name) => {
  const runId = randomUUID();
  const launcher = spawn(process.execPath, [join(fixturesDir, "launcher.mjs"), runId, ...fixture(name, "stay")]);
  for await (const line of createInterface(launcher.stdout)) if (/left|started/.test(line)) break;
  expect((await findMarked(runId)).length).toBeGreaterThan(1);
  launcher.kill("SIGKILL");
  await once(launcher, "exit");
  await until(async () => (await findMarked(runId)).length === 0);
});

test("a warden that dies disturbs nothing, and the next command has another", async () => {
  const warden = new Warden();
  const role = roleOf(fixture("ok"));
  completed((await attempt(role, { warden })).outcome);
  const first = warden.pid!;
  process.kill(first, "SIGKILL");
  await until(() => warden.pid === undefined);
  completed((await attempt(role, { warden })).outcome);
  expect(alive(first)).toBe(false);
});

test("a warden that cannot run disturbs nothing", async () => {
  const warden = new Warden("/nowhere/warden-main.js");
  completed((await attempt(roleOf(fixture("ok")), { warden })).outcome);
});
