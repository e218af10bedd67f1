import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WorktreeSettings } from "../../src/domain/workspace.js";
import { findMarked } from "../../src/executors/marked.js";
import { sweepWorkspaces } from "../../src/executors/workspace/leftovers.js";
import { hold } from "../../src/executors/workspace/lock.js";
import { noteFile, readNote, treeOf, writeNote } from "../../src/executors/workspace/note.js";
import { findRepository } from "../../src/executors/workspace/repository.js";
import { openWorktree, slotOf, worktreesDir } from "../../src/executors/workspace/worktree.js";
import { type JournalOwner, journalName, thisOwner } from "../../src/journal-owner.js";
import { identify } from "../../src/process-identity.js";
import { deadOwner } from "../support/journals.js";
import { TestRepository } from "../support/repository.js";
import { STATE_HOME } from "../support/state-dir.js";
import { attempt, inputOf, roleOf } from "./support.js";

let root: string;
let repository: TestRepository;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-leftovers-"));
  process.env["HOME"] = join(root, "home");
  repository = new TestRepository(join(root, "site"));
  repository.commit({ "a.txt": "a\n" });
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await rm(worktreesDir(), { recursive: true, force: true });
});

const settings: WorktreeSettings = { kind: "worktree", author: "Bot <bot@here>" };
const never = new AbortController().signal;

/** A worktree with a change in it, as an attempt left it whose launcher is this one. */
async function leave(owner: JournalOwner, { task_id = "42", runId = randomUUID() } = {}) {
  const found = await findRepository(repository.top);
  if ("what" in found) throw new Error(found.what);
  const of = { repository: found, task: inputOf({ task_id }).task, blockers: [], settings, runId };
  const slot = slotOf(of);
  await mkdir(slot, { recursive: true });
  await openWorktree(slot, of);
  const tree = treeOf(slot, of.task);
  await writeFile(join(tree, "left.txt"), "left\n");
  await writeFile(join(slot, journalName(owner, runId)), "");
  return { slot, tree };
}

const slots = async (): Promise<string[]> =>
  (await readdir(worktreesDir(), { recursive: true })).filter((name) => /\/[^/]+\.[0-9a-f]{8}$/.test(name));

describe("worktrees that were left", () => {
  test("by a dead launcher: what is in it is committed, and it is removed", async () => {
    await leave(await deadOwner());
    expect(await sweepWorkspaces()).toEqual([
      "put away the worktree of 42 that an earlier run had left: all of it is on mjagent/42",
    ]);
    expect(repository.show("mjagent/42", "left.txt")).toBe("left");
    expect(repository.git("log", "-1", "--format=%an: %s", "mjagent/42")).toBe("Bot: About page");
    expect(repository.worktrees).toEqual([]);
    expect(await slots()).toEqual([]);
    expect(await sweepWorkspaces()).toEqual([]);
  });

  test("with a command that still runs in it: that is ended first", async () => {
    const runId = randomUUID();
    const { tree } = await leave(await deadOwner(), { runId });
    const env = { PATH: process.env["PATH"], MJAGENT_RUN_ID: runId };
    const child = spawn("sh", ["-c", "echo on; while :; do sleep 1; done"], { cwd: tree, env, detached: true });
    await once(child.stdout, "data");
    await sweepWorkspaces();
    expect(await findMarked(runId)).toEqual([]);
  });

  test("the next attempt takes it over, too, as it is", async () => {
    await leave(await deadOwner());
    const role = roleOf(["sh", "-c", "cat left.txt"], { workspace: "worktree" });
    const { outcome } = await attempt(role, { projectDir: repository.top });
    expect(outcome).toMatchObject({ kind: "completed", result: { summary: "left", changes: { files: 1 } } });
  });

  test.each<[string, () => Promise<JournalOwner>]>([
    ["that lives", thisOwner],
    [
      "of another host",
      async () => ({ ...(await deadOwner()), host: "other", started: "00000000-0000-4000-8000-000000000000:5" }),
    ],
  ])("by a launcher %s: not touched", async (_, owner) => {
    const { tree } = await leave(await owner());
    expect(await sweepWorkspaces()).toEqual([]);
    expect(existsSync(join(tree, "left.txt"))).toBe(true);
    expect(repository.show("mjagent/42", "left.txt")).toBeUndefined();
  });

  test("of several launchers that start at once, one puts it away", async () => {
    await leave(await deadOwner());
    const said = await Promise.all([sweepWorkspaces(), sweepWorkspaces(), sweepWorkspaces()]);
    expect(said.flat()).toHaveLength(1);
  });

  test("in the middle of being made: it is removed, and the branch can be had again", async () => {
    const { slot, tree } = await leave(await deadOwner());
    await writeNote(slot, { ...(await readNote(slot))!, git_dir: null });
    await rm(join(tree, "a.txt"));
    expect(await sweepWorkspaces()).toEqual([]);
    expect(repository.worktrees).toEqual([]);
    const role = roleOf(["cat", "a.txt"], { workspace: "worktree" });
    expect((await attempt(role, { projectDir: repository.top })).outcome).toMatchObject({ kind: "completed" });
  });

  test("of a repository that is gone: kept, which is said", async () => {
    const { tree, slot } = await leave(await deadOwner());
    await rename(repository.top, join(root, "moved"));
    expect(await sweepWorkspaces()).toEqual([expect.stringContaining(slot) as string]);
    expect(existsSync(join(tree, "left.txt"))).toBe(true);
  });

  test("a note that makes no sense, and files that are nobody's, are left alone", async () => {
    const { slot, tree } = await leave(await deadOwner());
    await writeFile(noteFile(slot), "{");
    await writeFile(join(worktreesDir(), "stray"), "");
    await sweepWorkspaces();
    const { outcome } = await attempt(roleOf(["true"], { workspace: "worktree" }), { projectDir: repository.top });
    expect(outcome).toMatchObject({ kind: "snooze", message: expect.stringContaining("may hold work") as string });
    expect(existsSync(join(tree, "left.txt"))).toBe(true);
  });
});

test("a worktree that another living process has: the task is put off, saying whose it is", async () => {
  const other = (await identify(process.ppid))!;
  const owner = { ...(await thisOwner()), ...other };
  const { slot } = await leave(owner);
  expect(await hold(slot, randomUUID(), 50, never)).toEqual({ heldBy: `process ${other.pid} on ${owner.host}` });
  const stopped = new AbortController();
  stopped.abort();
  expect(await hold(slot, randomUUID(), 60_000, stopped.signal)).toHaveProperty("heldBy");
  expect((await readdir(slot)).filter((name) => name.endsWith(".jsonl"))).toHaveLength(1);
});

test("of many that want one folder at once each has it alone, one after the other", async () => {
  const dir = join(root, "slot");
  let inside = 0;
  let most = 0;
  const turn = async (): Promise<void> => {
    const held = await hold(dir, randomUUID(), 60_000, never);
    if ("heldBy" in held) throw new Error(held.heldBy);
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
    await held.release();
  };
  await Promise.all(Array.from({ length: 8 }, turn));
  expect(most).toBe(1);
  expect(existsSync(dir)).toBe(false);
});

test("temporary folders of dead launchers are removed, others are not", async () => {
  const temp = join(STATE_HOME, "mjagent/temp");
  await mkdir(join(temp, "gone/deep"), { recursive: true });
  await mkdir(join(temp, "here"));
  await writeFile(join(temp, journalName(await deadOwner(), "gone")), "");
  await writeFile(join(temp, journalName(await thisOwner(), "here")), "");
  await sweepWorkspaces();
  expect(await readdir(temp)).toEqual([expect.stringContaining(".here."), "here"]);
});
