import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createExecutor } from "../../src/executors/create.js";
import { readyRole } from "../../src/executors/ready.js";
import { TestRepository } from "../support/repository.js";
import { STATE_HOME } from "../support/state-dir.js";
import { attempt, completed, inputOf, roleOf } from "./support.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-hooks-"));
  process.env["HOME"] = root;
});
afterEach(() => rm(root, { recursive: true, force: true }));

const hook = (text: string, more: object = {}) => ({ run: ["sh", "-c", text], ...more });
const run = (text: string, fields: object, input = inputOf()) =>
  attempt(roleOf(["sh", "-c", text], fields), { projectDir: root, input });

describe("hooks", () => {
  test("run before and after, in the folder and environment of the command, each told in the log", async () => {
    const fields = {
      before: { run: ["sh", "-c", 'echo "$1 $MJAGENT_ATTEMPT"; echo prepared > file', "sh", "{{task.title}}"] },
      after: hook("cat file; cat | head -c 8"),
    };
    const { outcome, log } = await run("cat file; echo changed > file", fields);
    expect(completed(outcome).result.summary).toBe("prepared");
    expect(log).toEqual([
      expect.stringMatching(/^── before: sh -c .* About page$/) as string,
      ...["About page 1", "prepared"],
      expect.stringMatching(/^── after: sh -c cat file/) as string,
      "changed",
      '{"task":',
    ]);
  });

  test("before failed: never ran, put off with its words", async () => {
    const { outcome, log } = await run("echo ran", { before: hook("echo no network >&2; exit 7") });
    expect(outcome).toEqual({ kind: "snooze", message: "before: exited with code 7: no network", delay_ms: null });
    expect(log).not.toContain("ran");
    expect(log.at(-1)).toBe("── before: exited with code 7: no network");
  });

  test("after failed: so has the attempt, with the result there was", async () => {
    const { outcome } = await run("echo done", { after: hook("echo 2 tests failed; exit 1") });
    const message = "after: exited with code 1: 2 tests failed";
    expect(outcome).toMatchObject({ kind: "failed", reason: "hook_failed", message, result: { summary: "done" } });
  });

  test("after does not run when the command failed, or asks to be run later", async () => {
    for (const code of [3, 75]) {
      const { log } = await run(`exit ${code}`, { after: hook("echo after") });
      expect(log).not.toContain("after");
    }
  });

  test("each has its own time limit, and is ended with all it started", async () => {
    const slow = hook("sleep 600 & sleep 600", { timeout: "200ms" });
    const limit = "stopped at its time limit of 200ms";
    const before = await run("echo ran", { before: slow }, inputOf({ timeout_ms: 3_600_000 }));
    expect(before.outcome).toMatchObject({ kind: "snooze", message: `before: ${limit}` });
    const after = await run("echo ran", { after: slow });
    expect(after.outcome).toMatchObject({ reason: "hook_failed", message: `after: ${limit}` });
  });

  test("stopped in the middle of one: the attempt was", async () => {
    const role = roleOf(["sh", "-c", "echo ran"], { before: hook("echo begun; sleep 600") });
    const { outcome, log } = await attempt(role, {
      projectDir: root,
      onLine: (line, abort) => {
        if (line === "begun") abort();
      },
    });
    expect(outcome).toEqual({ kind: "stopped" });
    expect(log).not.toContain("ran");
  });

  test("what they change in a worktree is committed", async () => {
    const repository = new TestRepository(join(root, "site"));
    repository.commit({ a: "a\n" });
    const role = roleOf(["sh", "-c", "cat b"], {
      ...{ workspace: "worktree", before: hook("echo b > b"), after: hook("echo c > c") },
    });
    const { outcome } = await attempt(role, { projectDir: repository.top });
    expect(completed(outcome).result).toMatchObject({ summary: "b", changes: { files: 2 } });
  });

  test("a value of the task is never their program text or an option", async () => {
    const unsafe = roleOf(["true"], { before: hook("echo {{task.title}}") });
    expect(() => createExecutor(unsafe, { projectDir: root })).toThrow(/before\.run: .*program text/);
    const { outcome } = await run("true", { before: { run: ["echo", "{{task.title}}"] } }, inputOf({ title: "-rf" }));
    expect(outcome).toMatchObject({ kind: "failed", reason: "invalid_input" });
  });

  test("one that is not there is told before an agent registers", async () => {
    const role = roleOf(["true"], { after: { run: ["no-such-program"] } });
    const why = "no-such-program is not in any folder of the PATH";
    await expect(readyRole(role, { projectDir: root })).rejects.toMatchObject({ code: "failure", why });
  });
});

describe("workspace: temp", () => {
  test("an empty folder for each attempt, removed afterwards", async () => {
    const text = "ls -A; pwd; echo $MJAGENT_WORKDIR; echo x > x; mkdir d; chmod 700 d";
    const folders = [];
    for (let n = 0; n < 2; n++) {
      const { result } = completed((await run(text, { workspace: "temp" })).outcome);
      const [first, second] = (result.output ?? "").trim().split("\n");
      expect(first).toBe(second);
      folders.push(first);
    }
    expect(new Set(folders).size).toBe(2);
    expect(await readdir(join(STATE_HOME, "mjagent/temp"))).toEqual([]);
  });

  test("no room for it: put off", async () => {
    await rm(join(STATE_HOME, "mjagent/temp"), { recursive: true, force: true });
    await writeFile(join(STATE_HOME, "mjagent/temp"), "in the way");
    const { outcome } = await run("true", { workspace: "temp" });
    expect(outcome).toMatchObject({
      kind: "snooze",
      message: expect.stringMatching(/^no folder to work in: /) as string,
    });
    await rm(join(STATE_HOME, "mjagent/temp"));
  });
});

describe("a worktree that this host cannot give is told before an agent registers", () => {
  test.each<[string, () => string, object]>([
    ["no repository", () => root, { why: expect.stringContaining("is not in a git repository") as string }],
    [
      "no commit",
      () => new TestRepository(join(root, "site")).top,
      { why: expect.stringContaining("has no commit yet") as string },
    ],
  ])("%s", async (_, projectDir, error) => {
    const role = roleOf(["true"], { workspace: "worktree" });
    await expect(readyRole(role, { projectDir: projectDir() })).rejects.toMatchObject({
      code: "failure",
      ...error,
    });
  });

  test("no git", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      const role = roleOf([process.execPath], { workspace: "worktree" });
      const why = "git is not in any folder of the PATH";
      await expect(readyRole(role, { projectDir: root })).rejects.toMatchObject({ why });
    } finally {
      process.env["PATH"] = path;
    }
  });
});
