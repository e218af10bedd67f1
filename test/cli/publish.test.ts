import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskRecord } from "../../src/domain/task.js";
import { registerRole } from "../../src/nats/registry.js";
import { getTask, listTasks } from "../../src/operations/tasks.js";
import { eventually } from "../support/eventually.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
  const match = { types: ["design"], phases: [], keywords: [], tags: [], files: [] };
  await registerRole(cli.session, { name: "debbie", description: "", match, watch: [], max_running: null });
});
afterAll(() => cli[Symbol.asyncDispose]());

describe("one task", () => {
  test("every flag is in the record", async () => {
    await cli.publish({ task_id: "before", title: "Before" });
    const flags = ["--title", "Design", "--type", "design", "--phase", "3.0.3", "--description", "-"];
    flags.push("--priority", "medium", "--tag", "a", "b", "--file-glob", "src/*.ts", "--blocked-by", "before");
    flags.push("--not-before", "10m", "--timeout", "30m", "--max-attempts", "5", "--id", "full");
    flags.push("--payload", '{"page":"about"}', "--require-approval", "--json");
    const run = await cli.mjagent(["publish", ...flags], { input: "Line 1\nLine 2\n" });
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    const record = JSON.parse(run.stdout) as TaskRecord;
    expect(record).toEqual(await getTask(cli.session, "full"));
    expect(record).toMatchObject({
      task_id: "full",
      title: "Design",
      type: "design",
      phase: "3.0.3",
      description: "Line 1\nLine 2",
      priority: "normal",
      tags: ["a", "b"],
      files: ["src/*.ts"],
      blocked_by: ["before"],
      status: "blocked",
      timeout_ms: 1_800_000,
      max_attempts: 5,
      payload: { page: "about" },
      require_approval: true,
    });
    expect(Date.parse(record.not_before!) - Date.parse(record.created_at)).toBe(600_000);
    expect(record.created_by).toMatch(/.@./);
  });

  test("people read the id, the status and where it goes", async () => {
    const routed = await cli.mjagent(["publish", "--title", "A", "--id", "routed", "--type", "Design"]);
    expect(routed.stdout).toMatch(/^routed {2}A\n {2}available\. It is for debbie\. No agent of debbie is online\./);
    const lonely = await cli.mjagent(["publish", "--title", "B"]);
    expect(lonely.stdout).toContain("available. It matches no role: debbie wants type design; it has no type.");
  });

  test("-q prints the id; the same key again is the same task", async () => {
    const args = ["publish", "--title", "Once", "--idempotency-key", "k1"];
    const first = await cli.mjagent([...args, "-q"]);
    expect(first.stdout).toMatch(/^k[0-9a-f]{24}$/);
    const again = await cli.mjagent(args);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout).toContain(`${first.stdout}  Once\n  exists already (available)`);
  });

  test.each([
    { args: [], code: 2, says: "publish needs --title" },
    {
      args: ["--title", "A", "--priority", "hihg"],
      code: 2,
      says: '--priority: unknown priority "hihg": did you mean "high"?',
    },
    {
      args: ["--title", "A", "--blocked-by", "a", "--on-blocker-failure", "ignore"],
      code: 2,
      says: "--on-blocker-failure: expected fail (this task fails, too) or run (it runs all the same)",
    },
    { args: ["--title", "A", "--on-blocker-failure", "run"], code: 2, says: "needs --blocked-by" },
    { args: ["--title", "A", "--max-attempts", "0"], code: 2, says: "--max-attempts: expected a whole number" },
    { args: ["--title", "A", "--payload", '{"a": x}'], code: 2, says: "--payload:1:7: the payload is not JSON" },
    { args: ["--title", "A", "--payload", '{"a":'], code: 2, says: "it ends too early" },
    { args: ["--title", "A", "--payload", "@none.json"], code: 3, says: "there is no such file" },
    { args: ["--title", "A", "--payload", "-", "--description", "-"], code: 2, says: "both read stdin" },
    { args: ["--title", "A", "--blocked-by", "nope"], code: 3, says: "there is no task nope to wait for" },
    { args: ["--title", "A", "--dry-run", "--wait"], code: 2, says: "--wait does not go with --dry-run" },
    { args: ["--from", "t.yaml", "--title", "A"], code: 2, says: "--title does not go with --from" },
    {
      args: ["--from", "t.yaml", "--on-blocker-failure", "run"],
      code: 2,
      says: "--on-blocker-failure does not go with --from",
    },
  ])("$args", async ({ args, code, says }) => {
    const run = await cli.mjagent(["publish", ...args]);
    expect(run).toMatchObject({ exitCode: code, stdout: "" });
    expect(run.stderr).toContain(says);
  });

  test("what becomes of it when a blocker fails: it fails, too, or runs all the same", async () => {
    await cli.publish({ task_id: "fails", title: "Fails" });
    await cli.fail("fails", "broken");
    const publish = async (...more: string[]) => {
      const { stdout } = await cli.mjagent(["publish", "--title", "A", "--blocked-by", "fails", ...more, "--json"]);
      return JSON.parse(stdout) as TaskRecord;
    };
    expect(await publish("--on-blocker-failure", "run")).toMatchObject({ status: "available" });
    expect(await publish("--on-blocker-failure", "fail")).toMatchObject({ status: "failed" });
    expect(await publish()).toMatchObject({ status: "failed", error: { reason: "dependency_failed" } });
  });

  test("an id that is taken is a conflict", async () => {
    await cli.publish({ task_id: "taken", title: "A" });
    expect((await cli.mjagent(["publish", "--title", "B", "--id", "taken"])).exitCode).toBe(6);
  });
});

describe("a file of tasks", () => {
  test("may name its own ids as blockers in any order; --json is the list of records", async () => {
    await writeFile(
      join(cli.folder, "tasks.yaml"),
      "- { task_id: y2, title: Second, blocked_by: [y1] }\n- { task_id: y1, title: First }\n",
    );
    const run = await cli.mjagent(["publish", "--from", "tasks.yaml", "--json"]);
    const records = JSON.parse(run.stdout) as TaskRecord[];
    expect(records.map(({ task_id, status }) => [task_id, status])).toEqual([
      ["y2", "blocked"],
      ["y1", "available"],
    ]);
  });

  test("from stdin as JSON Lines", async () => {
    const input = '{"title":"a","task_id":"j1"}\n{"title":"b","task_id":"j2"}\n';
    expect((await cli.mjagent(["publish", "--from", "-", "-q"], { input })).stdout).toBe("j1\nj2");
  });

  test("all its problems come at once, with line and column, and nothing is published", async () => {
    const input = "- title: ok\n  task_id: p1\n- titel: no\n- title: x\n  prioritty: high\n";
    const run = await cli.mjagent(["publish", "--from", "-"], { input });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('stdin:3:3: unknown key "titel": did you mean "title"?');
    expect(run.stderr).toContain('stdin:5:3: unknown key "prioritty"');
    expect(await listTasks(cli.session)).not.toContainEqual(expect.objectContaining({ task_id: "p1" }));
  });

  test("says itself what becomes of a task when a blocker fails", async () => {
    const input =
      "- { title: a, task_id: r1 }\n- { title: b, task_id: r2, blocked_by: [r1], on_blocker_failure: run }\n";
    const run = await cli.mjagent(["publish", "--from", "-", "--json"], { input });
    expect(JSON.parse(run.stdout)).toMatchObject([
      { on_blocker_failure: "fail" },
      { on_blocker_failure: "run", status: "blocked" },
    ]);
    const wrong = await cli.mjagent(["publish", "--from", "-"], { input: input.replace("run }", "go }") });
    expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/stdin:2:\d+: expected fail .* or run/);
  });
});

describe("a dry run", () => {
  test("says where each task would go and writes nothing", async () => {
    const input = "- { title: One, type: design, task_id: d1 }\n- { title: Two, blocked_by: [d1] }\n";
    const before = (await listTasks(cli.session)).length;
    const run = await cli.mjagent(["publish", "--from", "-", "--dry-run"], { input });
    expect(run.stdout).toMatch(/d1 {2}One\n {2}available\. It is for debbie/);
    expect(run.stdout).toMatch(/\(new id\) {2}Two\n {2}blocked\. It waits for d1\./);
    const json = await cli.mjagent(["publish", "--title", "One", "--type", "design", "--dry-run", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ task_id: null, status: "available", roles: ["debbie"] });
    expect(await listTasks(cli.session)).toHaveLength(before);
  });

  test("finds a circle", async () => {
    const input = "- { task_id: c1, title: a, blocked_by: [c2] }\n- { task_id: c2, title: b, blocked_by: [c1] }\n";
    const run = await cli.mjagent(["publish", "--from", "-", "--dry-run"], { input });
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain("c1 → c2 → c1");
  });
});

describe("--wait", () => {
  const known = (id: string) =>
    eventually(async () => (await listTasks(cli.session)).some((task) => task.task_id === id));

  test("prints the result, and with --json the record as it ended", async () => {
    const text = cli.mjagent(["publish", "--title", "A", "--id", "w1", "--wait"]);
    const json = cli.mjagent(["publish", "--title", "B", "--id", "w2", "--wait", "--json"]);
    await known("w1");
    await cli.complete("w1", "all done");
    await known("w2");
    await cli.complete("w2", "all done");
    expect(await text).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("w1\tcompleted\tDebbie\tall done") as string,
    });
    const run = await json;
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({
      task_id: "w2",
      status: "completed",
      result: { summary: "all done" },
    });
  });

  test("a task that failed: exit 7", async () => {
    const waiting = cli.mjagent(["publish", "--title", "A", "--id", "w3", "--wait"]);
    await known("w3");
    await cli.fail("w3", "the command exited with 1");
    const run = await waiting;
    expect(run.exitCode).toBe(7);
    expect(run.stderr).toMatch(
      /error: task w3 has failed\n {2}why: the command exited with 1\n {2}next: .*mjagent retry w3/,
    );
  });
});
