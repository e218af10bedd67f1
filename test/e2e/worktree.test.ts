import { realpathSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskRecord } from "../../src/domain/task.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { TestRepository } from "../support/repository.js";
import { freshWorkspace } from "../support/session.js";
import { Place } from "./place.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const RUN = ["run", "--agent", "worker", "--heartbeat", "1s", "--json"];

/** A place whose project is a repository, with a role that runs a shell text in worktrees. */
async function inRepository(text: string, more: object = {}) {
  const place = await Place.make({ url: server.url, workspace: freshWorkspace() });
  await place.role("worker", ["sh", "-c", text], { workspace: "worktree", ...more });
  const repository = new TestRepository(realpathSync(place.folder));
  repository.commit({ "README.md": "hello\n" });
  return { place, repository };
}

const worktrees = async (place: Place): Promise<string[]> =>
  (await readdir(join(place.root, "state/mjagent/worktrees"), { recursive: true })).filter((name) =>
    name.endsWith("/.git"),
  );

describe.concurrent("work on branches", { timeout: 180_000 }, () => {
  test("a retry goes on from the branch; tasks show and tasks diff tell what was changed", async () => {
    const { place, repository } = await inRepository(
      'echo "attempt $MJAGENT_ATTEMPT" >> log; test "$MJAGENT_ATTEMPT" = 2',
    );
    await using _ = place;
    await place.publish("t", "worker");
    const run = await place.mjagent([...RUN, "--drain"]);
    expect(run.code).toBe(0);
    const record = await place.task("t", "completed");
    const changes = { branch: "mjagent/t", files: 1, insertions: 2, deletions: 0, repository: repository.top };
    expect(record).toMatchObject({ attempts: 2, result: { changes } });
    expect(repository.show("mjagent/t", "log")).toBe("attempt 1\nattempt 2");

    const show = await place.mjagent(["tasks", "show", "t"]);
    expect(show.stdout).toMatch(/changes +mjagent\/t, 1 file, \+2 −0/);
    const diff = await place.mjagent(["tasks", "diff", "t"]);
    expect(diff).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^diff --git a\/log b\/log\n[^]*\+attempt 2$/) as string,
    });
    expect((await place.mjagent(["tasks", "diff", "t", "--stat"])).stdout).toContain("1 file changed, 2 insertions(+)");
    const json = await place.json<object>(["tasks", "diff", "t"]);
    expect(json).toMatchObject({
      task_id: "t",
      branch: "mjagent/t",
      files: ["log"],
      insertions: 2,
      diff: diff.stdout + "\n",
    });
    const serve = place.start(["serve", "--no-open", "--port", "0"]);
    await serve.says("?key=");
    const token = (await place.mjagent(["serve", "token"])).stdout;
    const url = `${/http:\/\/[^/\s]+/.exec(serve.stdout)?.[0]}/api/tasks/t/diff`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(await answer.json()).toEqual(json);
    const elsewhere = await place.mjagent(["tasks", "diff", "t"], { cwd: place.root });
    expect(elsewhere).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("is not in a git repository") as string,
    });
    repository.git("worktree", "prune");
    expect(await worktrees(place)).toEqual([]);
  });

  test("a launcher killed with -9: the next start puts away what it left", async () => {
    const { place, repository } = await inRepository("echo half > half; echo begun; sleep 600", {
      retry: { max_attempts: 1 },
    });
    await using _ = place;
    const victim = place.start(RUN);
    await place.publish("t", "worker");
    await victim.event("output", { line: "begun" });
    await victim.kill9();
    expect(await worktrees(place)).toHaveLength(1);
    expect(repository.branches).toEqual(["main", "mjagent/t"]);

    const next = place.start(RUN);
    const message = "put away the worktree of t that an earlier run had left: all of it is on mjagent/t";
    await next.event("notice", { message });
    expect(repository.show("mjagent/t", "half")).toBe("half");
    expect(await worktrees(place)).toEqual([]);
    await place.task("t", "failed");
    // What its branch holds is known without a result.
    expect((await place.mjagent(["tasks", "diff", "t"])).stdout).toContain("+half");
  });

  test("before fails: put off, not counted, and everybody says why", async () => {
    const { place } = await inRepository("true", {
      before: { run: ["sh", "-c", "echo no network >&2; exit 1"] },
      retry: { backoff: "1h" },
    });
    await using _ = place;
    await place.publish("t", "worker");
    const run = place.start(RUN);
    const message = "before: exited with code 1: no network";
    await run.event("released", { task_id: "t", reason: message });
    const record = await place.task("t", (task) => task.status === "scheduled");
    expect(record).toMatchObject({ attempts: 0, history: [{ outcome: "handed_back", reason: "snooze", message }] });
    for (const args of [
      ["why", "t"],
      ["tasks", "show", "t"],
      ["history", "t"],
      ["logs", "t"],
    ]) {
      await eventually(async () => (await place.mjagent(args)).stdout.replace(/\s+/g, " ").includes(message));
    }
  });

  test("outside of its scope: failed for good", async () => {
    const { place } = await inRepository("touch new", { scope: { own: ["src"] } });
    await using _ = place;
    await place.publish("t", "worker");
    await place.mjagent([...RUN, "--drain"]);
    const record: TaskRecord = await place.task("t", "failed");
    expect(record).toMatchObject({
      attempts: 1,
      error: { reason: "scope_violation" },
      result: { changes: { branch: "mjagent/t" } },
    });
  });

  test("no repository: refused before an agent registers, and by validate with the line", async () => {
    await using place = await Place.make({ url: server.url, workspace: freshWorkspace() });
    await place.role("worker", ["true"], { workspace: "worktree" });
    const run = await place.mjagent(["run", "--agent", "worker"]);
    expect(run).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("is not in a git repository") as string,
    });
    const validate = await place.mjagent(["agents", "validate"]);
    expect(validate).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/worker\.yaml:1:\d+: .* is not in a git repository/) as string,
    });
  });
});
