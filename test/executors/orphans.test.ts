import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findMarked } from "../../src/executors/marked.js";
import { endOrphans } from "../../src/executors/orphans.js";
import { startTimeOf } from "../../src/executors/proc.js";
import { type JournalOwner, journalName, thisOwner } from "../../src/journal-owner.js";
import { eventually } from "../support/eventually.js";
import { deadOwner, lines, recycledOwner } from "../support/journals.js";
import { STATE_HOME } from "../support/state-dir.js";

let dir: string;
let children: Stray[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(STATE_HOME, "running-"));
});
afterEach(() => {
  for (const { child } of children) child.kill("SIGKILL");
  children = [];
});

/** A process that leads a group of its own, as a command does. */
class Stray {
  readonly runId = randomUUID();
  readonly child;
  readonly pid: number;
  readonly startTime: string;

  constructor(script: string, env: Record<string, string | undefined> = { MJAGENT_RUN_ID: this.runId }) {
    this.child = spawn("sh", ["-c", script], {
      env: { PATH: process.env["PATH"], ...env },
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.pid = this.child.pid!;
    this.startTime = startTimeOf(this.pid)!;
    children.push(this);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** As a launcher wrote it; other fields if given. */
  line(fields: object = {}): object {
    return { started: { run_id: this.runId, pgid: this.pid, start_time: this.startTime, ...fields } };
  }
}

const FOR_EVER = "while :; do sleep 1; done";

/** Writes what a launcher left. */
async function journal(owner: JournalOwner, ...entries: object[]): Promise<void> {
  await writeFile(join(dir, journalName(owner, randomUUID())), lines(...entries));
}

test("a command that was left is ended, and what it started elsewhere; one that had ended is not looked for", async () => {
  const command = new Stray(`trap '' TERM; setsid sh -c "trap '' TERM; ${FOR_EVER}" & ${FOR_EVER}`);
  await eventually(async () => (await findMarked(command.runId)).length >= 3);
  const ended = new Stray(FOR_EVER);
  const other = new Stray(FOR_EVER);
  await journal(await deadOwner(), command.line(), ended.line(), { ended: { run_id: ended.runId } });
  expect(await endOrphans(dir)).toBe(1);
  expect(await findMarked(command.runId)).toEqual([]);
  expect([ended.running, other.running]).toEqual([true, true]);
  expect(await readdir(dir)).toEqual([]);
});

test("its group is known by its leader's start time, also without the marker", async () => {
  const hidden = new Stray(FOR_EVER, {});
  await journal(await deadOwner(), hidden.line());
  expect(await endOrphans(dir)).toBe(1);
  await eventually(() => !hidden.running);
});

test("without its leader it is known by the marker", async () => {
  const command = new Stray(`${FOR_EVER} & echo $!`);
  await once(command.child, "exit");
  expect((await findMarked(command.runId)).map(({ pgid }) => pgid)).toContain(command.pid);
  await journal(await deadOwner(), command.line());
  expect(await endOrphans(dir)).toBe(1);
  expect(await findMarked(command.runId)).toEqual([]);
});

test("a command whose start was not completed is known by the marker", async () => {
  const command = new Stray(FOR_EVER);
  await journal(await deadOwner(), { started: { run_id: command.runId } });
  expect(await endOrphans(dir)).toBe(1);
  await eventually(() => !command.running);
});

test("a number that was given to another process is not signalled", async () => {
  const unrelated = new Stray(FOR_EVER, {});
  const earlier = String(Number(unrelated.startTime) - 1);
  await journal(
    await deadOwner(),
    unrelated.line({ run_id: randomUUID(), start_time: earlier }),
    unrelated.line({ run_id: randomUUID(), start_time: undefined }),
  );
  expect(await endOrphans(dir)).toBe(0);
  expect(unrelated.running).toBe(true);
  expect(await readdir(dir)).toEqual([]);
});

test("a launcher that runs in the group of a command that was left does not end itself", async () => {
  const built = (file: string): string => JSON.stringify(new URL(`../../dist/${file}.js`, import.meta.url));
  await journal(await deadOwner(), { started: { run_id: "r", pgid: 99, start_time: "5" } });
  const script = `
    const { readdirSync, writeFileSync } = await import("node:fs");
    const { endOrphans } = await import(${built("executors/orphans")});
    const { startTimeOf } = await import(${built("executors/proc")});
    const command = { run_id: "r", pgid: process.pid, start_time: startTimeOf(process.pid) };
    const [dir] = process.argv.slice(1);
    writeFileSync(dir + "/" + readdirSync(dir)[0], JSON.stringify({ started: command }) + "\\n");
    console.log(await endOrphans(dir));`;
  const launcher = spawn(process.execPath, ["--input-type=module", "-e", script, dir], { detached: true });
  const [printed, exit] = await Promise.all([text(launcher.stdout), once(launcher, "exit")]);
  expect([printed, exit]).toEqual(["0\n", [0, null]]);
});

test("a launcher that lives keeps its commands; one whose number was given away has lost them", async () => {
  const [mine, lost] = [new Stray(FOR_EVER), new Stray(FOR_EVER)];
  await journal(await thisOwner(), mine.line());
  await journal(await recycledOwner(), lost.line());
  expect(await endOrphans(dir)).toBe(1);
  await eventually(() => !lost.running);
  expect(mine.running).toBe(true);
  expect(await readdir(dir)).toHaveLength(1);
});

const OTHER_BOOT = "00000000-0000-4000-8000-000000000000:5";

test.each<[string, Partial<JournalOwner>, number]>([
  ["of another host", { host: "other", started: OTHER_BOOT }, 1],
  ["of another container", { host: "other", namespace: "7" }, 1],
  ["from before a restart of the machine", { started: OTHER_BOOT }, 0],
])("a journal %s: nothing is signalled", async (_, fields, left) => {
  const command = new Stray(FOR_EVER);
  await journal({ ...(await deadOwner()), ...fields }, command.line());
  expect(await endOrphans(dir)).toBe(0);
  expect(command.running).toBe(true);
  expect(await readdir(dir)).toHaveLength(left);
});

test("garbage and torn lines hide nothing; of several that look at once, one ends it", async () => {
  const command = new Stray(FOR_EVER);
  const torn = lines(command.line({ run_id: randomUUID() })).slice(0, 40);
  const name = journalName(await deadOwner(), randomUUID());
  await writeFile(join(dir, name), `nonsense\n\0\n${torn}\n${lines(command.line())}${torn}`);
  const counts = await Promise.all([endOrphans(dir), endOrphans(dir), endOrphans(dir)]);
  expect(counts.sort()).toEqual([0, 0, 1]);
  expect(await readdir(dir)).toEqual([]);
});

test("without a folder there is nothing to end", async () => {
  expect(await endOrphans(join(dir, "none"))).toBe(0);
});
