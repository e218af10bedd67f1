import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyResult, type TaskRecord } from "../../src/domain/task.js";
import { keepLateResult, removeArtifacts } from "../../src/nats/artifacts.js";
import { getTask } from "../../src/operations/tasks.js";
import { eventually } from "../support/eventually.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
  await cli.publish({ task_id: "open", title: "Open\u001b[31m", type: "design" });
  await cli.publish({ task_id: "done", title: "Done", type: "design" });
  await cli.complete("done", "it works");
  await cli.publish({ task_id: "broken", title: "Broken" });
  await cli.fail("broken", "exited with 1");
  await cli.publish({ task_id: "waits", title: "Waits", blocked_by: ["open", "done"] });
  await cli.publish({ task_id: "ask", title: "Ask", require_approval: true });
});
afterAll(() => cli[Symbol.asyncDispose]());

const ids = async (...args: string[]): Promise<string[]> =>
  (await cli.mjagent(["tasks", ...args, "-q"])).stdout.split("\n").sort();

describe("tasks list", () => {
  test("filters, alone and together", async () => {
    expect(await ids("--status", "failed,completed")).toEqual(["broken", "done"]);
    expect(await ids("--status", "failed", "--status", "awaiting-approval")).toEqual(["ask", "broken"]);
    expect(await ids("list", "--agent", "debbie", "--type", "DESIGN")).toEqual(["done"]);
    expect(await ids("--error", "EXITED with")).toEqual(["broken"]);
    expect(await ids("--status", "failed", "--error", "timeout")).toEqual([""]);
    const unknown = await cli.mjagent(["tasks", "--status", "fialed"]);
    expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('did you mean "failed"?') as string });
  });

  test("in a pipe a line a record, newest first; --limit says what it leaves out", async () => {
    const run = await cli.mjagent(["tasks", "--limit", "1"]);
    expect(run.stdout).toMatch(/^ask\tawaiting_approval\tnormal\t-\t-\t\S+\tAsk$/);
    expect(run.stderr).toBe("and 4 more: --limit 5 shows them all");
    const all = await cli.mjagent(["tasks"]);
    expect(all.stdout.split("\n")).toHaveLength(5);
    expect(all.stdout).toContain("Open\\x1b[31m");
  });

  test("--json is the array of the records", async () => {
    const run = await cli.mjagent(["tasks", "--type", "design", "--status", "completed", "--json"]);
    expect(JSON.parse(run.stdout)).toEqual([await getTask(cli.session, "done")]);
    const none = await cli.mjagent(["tasks", "--type", "none", "--json"]);
    expect(JSON.parse(none.stdout)).toEqual([]);
  });
});

describe("tasks show", () => {
  test("--json is the record", async () => {
    const run = await cli.mjagent(["tasks", "show", "done", "--json"]);
    expect(JSON.parse(run.stdout)).toEqual(await getTask(cli.session, "done"));
  });

  test("for people: blockers with their state, attempts, error and the next step", async () => {
    const waits = await cli.mjagent(["tasks", "show", "waits"]);
    expect(waits.stdout).toMatch(/blocked by +open \(available\), done \(completed\)/);
    const broken = await cli.mjagent(["tasks", "show", "broken"]);
    expect(broken.stdout).toMatch(/error +exited with 1 \(exit\)/);
    expect(broken.stdout).toMatch(/1 +Debbie +failed \(exit\)/);
    expect(broken.stdout).toContain("mjagent retry broken");
    const done = await cli.mjagent(["tasks", "show", "done"]);
    expect(done.stdout).toMatch(/summary +it works/);
  });

  test("a result that came too late: with its attempt, and whole with --json", async () => {
    await cli.publish({ task_id: "late", title: "Late" });
    const fence = await cli.claim("late");
    await cli.apply("late", { type: "owner_lost", fence, message: "silent" });
    const result = { ...emptyResult(), summary: "too\u001b late", data: "x".repeat(400_000) };
    const report = { type: "completed", fence, result, handoff: [] };
    const object = await keepLateResult(cli.session, { task_id: "late", epoch: 1 }, { report });
    await cli.apply("late", { type: "late_result", fence, report: "completed", summary: result.summary, object });
    await cli.claim("late", "Alice");
    const { stdout } = await cli.mjagent(["tasks", "show", "late"]);
    const [, first, late, second] = stdout.slice(stdout.indexOf("AGENT")).split("\n");
    expect(first).toMatch(/1 +Debbie +lost/);
    expect(late).toMatch(/came too late: completed, too\\x1b late; mjagent tasks show late --json shows it whole$/);
    expect(second).toMatch(/\d +Alice +running/);
    const shown = JSON.parse((await cli.mjagent(["tasks", "show", "late", "--json"])).stdout) as TaskRecord;
    expect(shown).toMatchObject({ status: "in_progress", owner: "Alice", history: [{ late: { object, result } }, {}] });
    const listed = await cli.mjagent(["tasks", "--json", "--agent", "Alice"]);
    expect(listed.stdout).not.toContain("xxxx");
    await cli.apply("late", { type: "cancelled", by: "test", reason: null });
  });

  test("lines that are not in the log are counted, if there are any", async () => {
    for (const [id, dropped_lines] of Object.entries({ flood: 12_345, calm: 0 })) {
      await cli.publish({ task_id: id, title: id });
      const fence = await cli.claim(id);
      await cli.apply(id, { type: "completed", fence, result: { ...emptyResult(), dropped_lines }, handoff: [] });
    }
    expect((await cli.mjagent(["tasks", "show", "flood"])).stdout).toMatch(/log +12,345 lines were dropped/);
    expect((await cli.mjagent(["tasks", "show", "calm"])).stdout).not.toContain("dropped");
  });

  test("a payload that is not stored any more is said to be missing", async () => {
    await cli.publish({ task_id: "gone", title: "Gone", payload: "x".repeat(400_000) });
    await removeArtifacts(cli.session, "gone");
    const { stdout, exitCode } = await cli.mjagent(["tasks", "show", "gone"]);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/payload +not stored any more/) as string]);
  });

  test("an unknown id: exit 3, with --json as JSON", async () => {
    const run = await cli.mjagent(["tasks", "show", "nope", "--json"]);
    expect(run).toMatchObject({ exitCode: 3, stdout: "" });
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: "not_found", message: "there is no task nope" } });
  });
});

describe("wait", () => {
  test.each([
    { args: ["done"], code: 0, stdout: "done\tcompleted\tDebbie\tit works", stderr: "" },
    { args: ["done", "broken"], code: 7, stdout: "broken\tfailed", stderr: "task broken has failed" },
    {
      args: ["done", "open", "--timeout", "50ms"],
      code: 8,
      stdout: "open\tavailable",
      stderr: "still pending after 50ms: open",
    },
    { args: ["done", "nope"], code: 3, stdout: "", stderr: "there is no task nope" },
    { args: ["done", "--timeout", "soon"], code: 2, stdout: "", stderr: "--timeout: expected a duration" },
  ])("$args: exit $code", async ({ args, code, stdout, stderr }) => {
    const run = await cli.mjagent(["wait", ...args]);
    expect(run.exitCode).toBe(code);
    expect(run.stdout).toContain(stdout);
    expect(run.stderr).toContain(stderr);
  });

  test("--json is the array of the records, in the order that was asked for", async () => {
    const run = await cli.mjagent(["wait", "done", "broken", "--json"]);
    const records = JSON.parse(run.stdout) as TaskRecord[];
    expect(records.map((record) => record.task_id)).toEqual(["done", "broken"]);
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: "task_failed" } });
  });

  test("tells how tasks get on, also many at once", async () => {
    const many = Array.from({ length: 20 }, (_, index) => `m${index}`);
    for (const id of many) await cli.publish({ task_id: id, title: id });
    const waiting = cli.mjagent(["wait", ...many]);
    let said = "";
    waiting.stderr.on("data", (text: Buffer) => (said += text.toString()));
    await eventually(() => said.includes("m19 is available"));
    // The others may be claimed and completed before they are followed: those are never seen running.
    const fence = await cli.claim("m0");
    await eventually(() => said.includes("m0 runs at Debbie, attempt 1 of 3"));
    await cli.apply("m0", { type: "completed", fence, result: emptyResult(), handoff: [] });
    for (const id of many.slice(1)) await cli.complete(id, "ok");
    const run = await waiting;
    expect(run.exitCode).toBe(0);
    expect(run.stdout.split("\n")).toHaveLength(20);
  });

  test("Ctrl-C ends it with 130", async () => {
    const waiting = cli.mjagent(["wait", "open"]);
    let said = "";
    waiting.stderr.on("data", (text: Buffer) => (said += text.toString()));
    await eventually(() => said.includes("open is available"));
    waiting.kill("SIGINT");
    expect((await waiting).exitCode).toBe(130);
  });
});
