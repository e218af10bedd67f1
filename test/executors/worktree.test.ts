import { randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Role } from "../../src/domain/role.js";
import { emptyResult } from "../../src/domain/task.js";
import { createExecutor } from "../../src/executors/create.js";
import type { AttemptInput } from "../../src/executors/executor.js";
import { worktreesDir } from "../../src/executors/workspace/worktree.js";
import { eventually } from "../support/eventually.js";
import { TestRepository } from "../support/repository.js";
import { completed, inputOf, roleOf } from "./support.js";

let root: string;
let repository: TestRepository;
let first: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent worktree "));
  // Nobody's identity, and nothing set.
  process.env["HOME"] = join(root, "home");
  repository = new TestRepository(join(root, "my site"));
  first = repository.commit({ "README.md": "hello\n", "src/api/a.ts": "a\n", "src/frontend/b.ts": "b\n" });
});
afterEach(async () => {
  // Everything was put away, unless a test says otherwise.
  const left = existsSync(worktreesDir()) ? readdirSync(worktreesDir(), { recursive: true }) : [];
  await rm(root, { recursive: true, force: true });
  await rm(worktreesDir(), { recursive: true, force: true });
  expect(left.filter((name) => String(name).includes("/"))).toEqual([]);
});

/** A role that runs a shell text in a worktree. */
const shell = (text: string, fields: object = {}): Role =>
  roleOf(["sh", "-c", text], { workspace: "worktree", ...fields });

interface Options {
  input?: AttemptInput;
  projectDir?: string;
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

async function run(role: Role, { input = inputOf(), projectDir = repository.top, signal, onLine }: Options = {}) {
  const log: string[] = [];
  const outcome = await createExecutor(role, { projectDir, graceMs: 500 }).run(input, {
    runId: randomUUID(),
    signal: signal ?? new AbortController().signal,
    log: (_, line) => {
      log.push(line);
      onLine?.(line);
    },
  });
  return { outcome, log };
}

describe("a worktree for each task", () => {
  test("what was changed is committed to its branch; the worktree is gone, the checkout untouched", async () => {
    const { outcome, log } = await run(shell("echo more >> README.md; echo new > 'a b.txt'; rm src/api/a.ts; pwd"));
    const { result } = completed(outcome);
    const commit = repository.git("rev-parse", "mjagent/42");
    expect(result.changes).toEqual({
      ...{ branch: "mjagent/42", base: first, commit, files: 3, insertions: 2, deletions: 1 },
      host: expect.any(String) as string,
      repository: repository.top,
    });
    expect(repository.git("log", "-1", "--format=%an <%ae> %cn%n%B", "mjagent/42")).toBe(
      "mjagent <mjagent@localhost> mjagent\nAbout page\n\nTask 42, attempt 1 by Debbie: completed",
    );
    expect(log.some((line) => line.endsWith("/42, on branch mjagent/42"))).toBe(true);
    expect(result.summary).toMatch(/\/42$/);
    expect(repository.worktrees).toEqual([]);
    expect(repository.git("status", "--porcelain")).toBe("");
    expect(repository.git("rev-parse", "main")).toBe(first);
  });

  test("a retry goes on from the branch, also after a failure; the base stays", async () => {
    const failed = await run(shell("echo one > one; exit 3"));
    expect(failed.outcome).toMatchObject({ reason: "exit", result: { changes: { files: 1 } } });
    repository.commit({ other: "moved on\n" });
    const { outcome } = await run(shell("cat one; echo two > two"), { input: inputOf({}, { attempt: 2, epoch: 3 }) });
    expect(completed(outcome).result).toMatchObject({ summary: "one", changes: { base: first, files: 2 } });
    expect(repository.show("mjagent/42", "other")).toBeUndefined();
  });

  test("nothing changed: no branch is left", async () => {
    expect(completed((await run(shell("cat README.md"))).outcome).result.changes).toBeNull();
    expect(repository.branches).toEqual(["main"]);
    expect(repository.git("for-each-ref", "refs/mjagent")).toBe("");
  });

  test("in the same sub-folder, from a linked worktree too, with the author of the role", async () => {
    const linked = join(root, "linked");
    repository.git("worktree", "add", "-q", "-b", "wip", linked);
    const workspace = { kind: "worktree", author: "Bot One <bot@site.example>" };
    const { outcome } = await run(shell("pwd; echo x > x", { cwd: "src/api", workspace }), { projectDir: linked });
    expect(completed(outcome).result.summary).toMatch(/\/42\/src\/api$/);
    expect(repository.show("mjagent/42", "src/api/x")).toBe("x");
    expect(repository.git("log", "-1", "--format=%an <%ae>", "mjagent/42")).toBe("Bot One <bot@site.example>");
  });

  test("a branch of that name which is somebody else's is left alone", async () => {
    repository.git("branch", "mjagent/42");
    const of = (created_at: string) => ({ input: inputOf({ created_at }) });
    const names = [];
    for (const created_at of ["2030-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z"]) {
      names.push(completed((await run(shell("echo $$ >> x"), of(created_at))).outcome).result.changes?.branch);
    }
    expect(names[0]).toMatch(/^mjagent\/42\.[0-9a-f]{8}$/);
    expect(new Set(names).size).toBe(2);
    expect(names[2]).toBe(names[1]);
    expect(repository.git("rev-parse", "mjagent/42")).toBe(first);
  });

  test("a deleted branch is begun anew", async () => {
    await run(shell("echo old > old"));
    repository.git("branch", "-D", "mjagent/42");
    const second = repository.commit({ other: "x\n" });
    expect(completed((await run(shell("echo new > new"))).outcome).result.changes).toMatchObject({
      base: second,
      files: 1,
    });
  });

  test("commits of the agent count, wherever it made them", async () => {
    const as = "git -c user.name=a -c user.email=a@a";
    const text = `echo 1 > 1; git add 1; ${as} commit -qm one; git checkout -q -b side; echo 2 > 2; git add 2; ${as} commit -qm two; echo 3 > 3`;
    const { outcome } = await run(shell(text));
    expect(completed(outcome).result.changes).toMatchObject({ branch: "mjagent/42", files: 3 });
    expect(repository.show("mjagent/42", "2")).toBe("2");
    await run(shell("git checkout -q --detach; echo 4 > 4"));
    expect(repository.show("mjagent/42", "4")).toBe("4");
  });

  test("what was only looked at changes nothing, and what was done elsewhere costs the branch no commit", async () => {
    const commit = "git add -A; git -c user.name=a -c user.email=a@a commit -qm own";
    await run(shell(`echo 1 > 1; ${commit}; git checkout -q --detach main`));
    expect(repository.git("diff", "--name-only", "main", "mjagent/42")).toBe("1");
    const { outcome } = await run(
      shell(`echo 2 > 2; ${commit}; git checkout -q -b side main; echo 3 > 3; ${commit}; echo 4 > 4`),
    );
    expect(completed(outcome).result.changes?.files).toBe(2);
    expect(repository.git("diff", "--name-only", "main", "mjagent/42")).toBe("3\n4");
    expect(repository.git("log", "--format=%s", "main..mjagent/42")).toBe("About page\nown\nown");
  });

  test("no hook runs, nothing is signed, and a lock that a killed git left is no obstacle", async () => {
    for (const hook of ["pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "post-checkout"]) {
      const file = join(repository.top, ".git/hooks", hook);
      await writeFile(file, `#!/bin/sh\ntouch '${root}/ran-${hook}'\nexit 1\n`);
      await chmod(file, 0o755);
    }
    repository.git("config", "commit.gpgsign", "true");
    repository.git("config", "gpg.program", "/bin/false");
    const { outcome } = await run(shell('echo x > x; touch "$(git rev-parse --git-dir)/index.lock"'));
    expect(completed(outcome).result.changes).toMatchObject({ files: 1 });
    expect((await readdir(root)).filter((name) => name.startsWith("ran-"))).toEqual([]);
  });

  test("strange names: line breaks, quotes, a dash", async () => {
    const { outcome } = await run(shell(`touch -- "$(printf 'a\\nb')" 'q"u' -x; ln -s /etc/passwd link`));
    expect(completed(outcome).result.changes?.files).toBe(4);
  });

  test("what says to git where it is does not get there", async () => {
    process.env["GIT_DIR"] = "/nowhere";
    try {
      expect(completed((await run(shell("echo x > x"))).outcome).result.changes).toMatchObject({ files: 1 });
    } finally {
      delete process.env["GIT_DIR"];
    }
  });

  test("a worktree that somebody removed is made again; one that was removed by its command harms nothing", async () => {
    await run(shell('echo one > one; cd /; rm -rf "$MJAGENT_WORKDIR"'));
    expect(repository.branches).toEqual(["main"]);
    await run(shell("echo one > one; git init -q lib"));
    expect(repository.worktrees).toHaveLength(1);
    await rm(repository.worktrees[0]!, { recursive: true });
    const { outcome } = await run(shell("cat one"));
    expect(completed(outcome).result.summary).toBe("one");
  });

  test("what git cannot commit is kept, and the attempt has failed; the next one goes on there", async () => {
    const { outcome } = await run(shell("echo one > one; git init -q lib; echo x > lib/x"));
    expect(outcome).toMatchObject({ kind: "failed", reason: "commit_failed", result: { changes: { files: 1 } } });
    const [tree] = repository.worktrees;
    expect(outcome).toMatchObject({ message: expect.stringContaining(`is kept in ${tree!}`) as string });
    const next = await run(shell("cat lib/x; rm -rf lib"));
    expect(completed(next.outcome).result).toMatchObject({ summary: "x", changes: { files: 1 } });
  });

  test("a repository within it with commits of its own: the worktree is kept, as the branch has only its name", async () => {
    const as = "git -c user.name=a -c user.email=a@a";
    const { outcome, log } = await run(shell(`git init -q lib; cd lib; ${as} commit -q --allow-empty -m x`));
    expect(outcome.kind).toBe("completed");
    expect(log.at(-1)).toMatch(/is kept: lib: a repository of its own$/);
    expect(repository.worktrees).toHaveLength(1);
    await run(shell("rm -rf lib"));
  });

  test("a submodule: left as it is; what was built in it is no obstacle, what was changed in it is kept", async () => {
    const lib = new TestRepository(join(root, "lib"));
    lib.commit({ "l.txt": "l\n" });
    repository.git("-c", "protocol.file.allow=always", "submodule", "-q", "add", lib.top, "lib");
    repository.commit({});
    expect(completed((await run(shell("ls -A lib; echo x > x"))).outcome).result.summary).toBeNull();
    const init = "git -c protocol.file.allow=always submodule -q update --init";
    const built = await run(shell(`${init}; echo out > lib/out; echo y > y`));
    expect(completed(built.outcome).result.changes).toMatchObject({ files: 2 });
    expect(repository.worktrees).toEqual([]);
    const { outcome, log } = await run(shell(`${init}; echo more > lib/l.txt`));
    expect(outcome.kind).toBe("completed");
    expect(log.at(-1)).toMatch(/is kept: lib: a repository of its own$/);
    await run(shell("git -C lib checkout -q ."));
    expect(repository.worktrees).toEqual([]);
  });

  test("a role that works in a submodule: the branch is the submodule's", async () => {
    const lib = new TestRepository(join(root, "lib"));
    lib.commit({ "l.txt": "l\n" });
    repository.git("-c", "protocol.file.allow=always", "submodule", "-q", "add", lib.top, "lib");
    repository.commit({});
    const { outcome } = await run(shell("git status --porcelain; cat l.txt; echo new > new", { cwd: "lib" }));
    expect(completed(outcome).result).toMatchObject({ summary: "l", output: "l\n", changes: { files: 1 } });
    expect(repository.git("-C", "lib", "show", "mjagent/42:new")).toBe("new");
    expect(repository.git("-C", "lib", "status", "--porcelain")).toBe("");
  });

  test("a branch that is checked out elsewhere: put off, with the reason", async () => {
    await run(shell("echo one > one"));
    repository.git("checkout", "-q", "mjagent/42");
    const { outcome, log } = await run(shell("echo two > two"));
    expect(outcome).toMatchObject({
      kind: "snooze",
      message: expect.stringMatching(/already checked out at/) as string,
    });
    expect(log.at(-1)).toMatch(/already checked out/);
  });

  test("many tasks of one repository at once", async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `t${index}`);
    const ran = await Promise.all(
      ids.map((task_id) => run(shell("echo $MJAGENT_TASK_ID > id"), { input: inputOf({ task_id }) })),
    );
    for (const { outcome } of ran) expect(completed(outcome).result.changes?.files).toBe(1);
    for (const id of ids) expect(repository.show(`mjagent/${id}`, "id")).toBe(id);
  });
});

describe("continue_from: blocker", () => {
  const workspace = { kind: "worktree", continue_from: "blocker" };
  const blocker = (task_id: string, changes: object | null, status = "completed") => ({
    ...{ task_id, title: task_id, status },
    result: { ...emptyResult(), changes },
  });
  const after = (...blockers: object[]) => ({
    input: inputOf({ task_id: "next" }, { blockers: blockers as AttemptInput["blockers"] }),
  });

  test("begins at the branch of the first completed blocker that has one, at its commit once that is gone", async () => {
    const changes = completed((await run(shell("echo one > one"))).outcome).result.changes!;
    const blockers = [
      blocker("a", null),
      blocker("b", { ...changes, branch: "main" }, "failed"),
      blocker("42", changes),
    ];
    const { outcome } = await run(shell("cat one; echo two > two", { workspace }), after(...blockers));
    expect(completed(outcome).result).toMatchObject({ summary: "one", changes: { base: changes.commit, files: 1 } });
    repository.git("branch", "-D", "mjagent/42", "mjagent/next");
    const again = await run(shell("cat one", { workspace }), after(...blockers));
    expect(completed(again.outcome).result.summary).toBe("one");
  });

  test("a branch that is not here: put off, saying where it is", async () => {
    const there = {
      branch: "mjagent/42",
      base: first,
      commit: "0".repeat(40),
      host: "build-1",
      repository: "/srv/site",
    };
    const { outcome } = await run(shell("true", { workspace }), after(blocker("42", there)));
    expect(outcome).toMatchObject({
      kind: "snooze",
      message: expect.stringContaining("made on build-1 in /srv/site") as string,
    });
  });
});

describe("two attempts of one task at once", () => {
  test("the later waits until the earlier, which was fenced out, has ended and is committed", async () => {
    const fenced = new AbortController();
    let started = false;
    const earlier = run(shell("echo early > early; echo started; sleep 600"), {
      signal: fenced.signal,
      onLine: (line) => (started ||= line === "started"),
    });
    await eventually(() => started);
    let waiting = false;
    const later = run(shell("cat early; echo late > late"), {
      input: inputOf({}, { attempt: 2, epoch: 3 }),
      onLine: (line) => (waiting ||= line.startsWith("── waiting for another attempt")),
    });
    await eventually(() => waiting);
    fenced.abort();
    expect((await earlier).outcome).toEqual({ kind: "stopped" });
    expect(completed((await later).outcome).result).toMatchObject({ summary: "early", changes: { files: 2 } });
  });
});

test("not a repository, or one without a commit: put off with the reason", async () => {
  const empty = join(root, "empty");
  await mkdir(empty);
  const outside = await run(shell("true"), { projectDir: empty });
  expect(outside.outcome).toMatchObject({
    kind: "snooze",
    message: expect.stringContaining("is not in a git repository") as string,
  });
  const unborn = await run(shell("true"), { projectDir: new TestRepository(join(root, "unborn")).top });
  expect(unborn.outcome).toMatchObject({
    kind: "snooze",
    message: expect.stringContaining("has no commit yet") as string,
  });
});
