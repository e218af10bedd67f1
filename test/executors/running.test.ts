import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startTimeOf } from "../../src/executors/proc.js";
import { openCommands, RunningJournal, runningDir } from "../../src/executors/running.js";
import { eventually } from "../support/eventually.js";
import { lines } from "../support/journals.js";
import { STATE_HOME } from "../support/state-dir.js";
import { attempt, completed, fixture, roleOf } from "./support.js";

const newDir = (): Promise<string> => mkdtemp(join(STATE_HOME, "running-"));

async function textIn(dir: string): Promise<string> {
  const names = await readdir(dir);
  return (await Promise.all(names.map((name) => readFile(join(dir, name), "utf8")))).join("");
}

describe("the journal of running commands", () => {
  test("names a command before it is started, then its group and when that started", async () => {
    const dir = join(await newDir(), "deeper");
    const journal = await RunningJournal.open(dir, "me");
    journal.expect("a");
    expect(openCommands(await textIn(dir))).toEqual([{ run_id: "a" }]);
    const pgid = process.pid;
    journal.started("a", pgid, () => true);
    const start_time = startTimeOf(pgid);
    expect(start_time).toMatch(/^\d+$/);
    await eventually(async () => openCommands(await textIn(dir))[0]?.pgid !== undefined);
    expect(openCommands(await textIn(dir))).toEqual([{ run_id: "a", pgid, start_time }]);
    journal.expect("b");
    journal.ended("a");
    await eventually(async () => openCommands(await textIn(dir)).length === 1);
    journal.expect("c");
    journal.ended("c");
    journal.close();
    // It is for whoever comes after us.
    expect(openCommands(await textIn(dir))).toEqual([{ run_id: "b" }]);
  });

  test("does not name a group whose leader was collected: its number may be somebody else's", async () => {
    const dir = await newDir();
    const journal = await RunningJournal.open(dir, "me");
    for (const runId of ["a", "b"]) journal.expect(runId);
    journal.started("a", process.pid, () => false);
    journal.started("b", process.pid, () => true);
    await eventually(async () => (await textIn(dir)).includes("start_time"));
    expect(openCommands(await textIn(dir))).toMatchObject([{ run_id: "a" }, { run_id: "b", pgid: process.pid }]);
    expect(openCommands(await textIn(dir))[0]).not.toHaveProperty("pgid");
  });

  test("is its owner's only, and removed at a clean end", async () => {
    const dir = join(await newDir(), "deeper");
    const journal = await RunningJournal.open(dir, "me");
    journal.expect("a");
    const [name = ""] = await readdir(dir);
    expect((await stat(dir)).mode & 0o077).toBe(0);
    expect((await stat(join(dir, name))).mode & 0o077).toBe(0);
    journal.ended("a");
    journal.close();
    expect(await readdir(dir)).toEqual([]);
  });

  test("does not grow for ever", async () => {
    const dir = await newDir();
    const journal = await RunningJournal.open(dir, "me");
    for (let n = 0; n < 2_000; n++) {
      journal.expect(randomUUID());
      journal.ended(randomUUID());
    }
    // Something was open all the time.
    expect((await textIn(dir)).length).toBeGreaterThan(200_000);
    for (const { run_id } of openCommands(await textIn(dir))) journal.ended(run_id);
    await eventually(async () => (await textIn(dir)) === "");
    journal.expect("last");
    expect(openCommands(await textIn(dir))).toEqual([{ run_id: "last" }]);
    journal.close();
  });

  test("what could not be written is written with the next line", async () => {
    const dir = await newDir();
    const aside = `${dir}-aside`;
    await rename(dir, aside);
    await writeFile(dir, "in the way");
    const journal = await RunningJournal.open(dir, "me");
    journal.expect("a");
    journal.expect("b");
    journal.ended("a");
    await rm(dir);
    journal.expect("c");
    expect(openCommands(await textIn(dir))).toEqual([{ run_id: "b" }, { run_id: "c" }]);
    journal.close();
  });

  test("a line that was cut short, or makes no sense, counts for nothing and swallows no other", () => {
    const torn = lines({ started: { run_id: "torn", pgid: 7 } }).slice(0, 30);
    const good = (run_id: string) => ({ started: { run_id, pgid: 4_000, start_time: "5" } });
    const garbage = [
      ...["null", "5", "[]", '"started"', "\0\0\0", "{}", '{"started":null}', '{"ended":{"run_id":5}}'],
      // Groups whose signal would go to everybody, to ourselves, or to nobody.
      ...[1, 0, -1, 2.5, 1e300].map((pgid) => JSON.stringify({ started: { run_id: "x", pgid, start_time: "5" } })),
      JSON.stringify({ started: { run_id: "", pgid: 4_000 } }),
    ].join("\n");
    const journal = `${lines(good("a"))}${garbage}\n${torn}\n${lines(good("b"), { ended: { run_id: "a" } })}${torn}`;
    expect(openCommands(journal)).toEqual([good("b").started]);
  });
});

describe("what an executor writes", () => {
  test("while a command runs it is there, with its own group; afterwards it is not", async () => {
    const go = join(await newDir(), "go");
    const running = attempt(roleOf(["sh", "-c", 'echo $$; until [ -e "$0" ]; do sleep 0.02; done', go]));
    const command = await eventually(async () => {
      const [open] = openCommands(await textIn(runningDir()));
      return open?.pgid === undefined ? null : open;
    });
    await writeFile(go, "");
    const { outcome, runId } = await running;
    expect(command).toMatchObject({ run_id: runId, pgid: Number(completed(outcome).result.output) });
    expect(command.start_time).toMatch(/^\d+$/);
    await eventually(async () => openCommands(await textIn(runningDir())).length === 0);
  });

  test("a program that is not there leaves nothing open", async () => {
    await attempt(roleOf(["/nowhere/program"]));
    await eventually(async () => openCommands(await textIn(runningDir())).length === 0);
  });

  test.each([true, false])("a process that ends removes it; one that cannot write works all the same", async (can) => {
    const home = await newDir();
    if (!can) await writeFile(join(home, "mjagent"), "in the way");
    const [node = "", ...launcher] = [...fixture("launcher"), randomUUID(), ...fixture("ok")];
    const child = spawn(node, launcher, { env: { ...process.env, XDG_STATE_HOME: home } });
    expect(await once(child, "exit")).toEqual([0, null]);
    if (can) expect(await readdir(join(home, "mjagent/running"))).toEqual([]);
  });
});
