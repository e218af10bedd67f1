import { mkdtemp, stat, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FailureReason } from "../../src/domain/reasons.js";
import { attempt, completed, fixture, fixturesDir, inputOf, roleOf } from "./support.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mjagent-test-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("adapter command", () => {
  test("stdin, environment, folder, result file", async () => {
    const role = roleOf(fixture("ok", "{{task.title}}"), { env: { allow: ["ALLOWED"], set: { SET: "2" } }, cwd: "." });
    const { outcome, log, runId } = await attempt(role, {
      env: { PATH: process.env["PATH"], ALLOWED: "1", SECRET: "no", CLAUDECODE: "1" },
      workspace: { id: "MJ_ONLINE", prefix: "mjwork" },
      natsUrl: "nats://here:4222",
    });
    const { result, handoff } = completed(outcome);
    expect(log).toEqual(["working on About page", "done"]);
    expect(result).toMatchObject({
      summary: "did About page",
      output: "working on About page\ndone\n",
      exit_code: 0,
      artifacts: ["out/page.html"],
      usage: { input_tokens: null, output_tokens: null, cost_usd: null },
      session_id: null,
    });
    expect(result.duration_ms).toBeTypeOf("number");
    expect(handoff).toMatchObject([{ title: "Next: About page", type: "review" }]);
    const data = result.data as { environment: Record<string, string>; cwd: string; argv: string[]; attempt: number };
    expect(data).toMatchObject({ attempt: 1, argv: ["About page"], cwd: fixturesDir.replace(/\/$/, "") });
    const { MJAGENT_OUTPUT: output, ...environment } = data.environment;
    expect(environment).toEqual({
      ALLOWED: "1",
      SET: "2",
      MJAGENT_RUN_ID: runId,
      MJAGENT_TASK_ID: "42",
      MJAGENT_ATTEMPT: "1",
      MJAGENT_EPOCH: "2",
      MJAGENT_AGENT_ID: "Debbie",
      MJAGENT_WORKDIR: fixturesDir.replace(/\/$/, ""),
      MJAGENT_WORKSPACE: "MJ_ONLINE",
      MJAGENT_PREFIX: "mjwork",
    });
    await expect(stat(output!)).rejects.toThrow("ENOENT");
    expect((await stat(join(output!, ".."))).mode & 0o777).toBe(0o700);
  });

  test.each<[string, string[], FailureReason, RegExp]>([
    ["another exit code", fixture("exits-with", "3"), "exit", /^exited with code 3: this went wrong$/],
    ["a signal that was not ours", fixture("kills-itself"), "killed", /SIGKILL/],
    ["output that is not JSON", fixture("writes-output", "{oops"), "invalid_output", /MJAGENT_OUTPUT is not JSON/],
    ["output that is empty", fixture("writes-output", ""), "invalid_output", /is empty/],
    ["output of a wrong type", fixture("writes-output", '{"summary":5}'), "invalid_output", /summary: /],
    ["a hand-off without title", fixture("writes-output", '{"handoff":[{}]}'), "invalid_output", /handoff\.0\.title: /],
    [
      "output over the limit",
      fixture("writes-output", "repeat", "8388608"),
      "invalid_output",
      /8193 KiB, the limit is 8192 KiB/,
    ],
    ["a value that would be an option", ["true", "{{task.description}}"], "invalid_input", /read as an option/],
    ["a value too long for an argument", ["true", "{{task.payload}}"], "invalid_input", /stdin/],
  ])("failed: %s", async (_, run, reason, message) => {
    const input = inputOf({ description: "--help", payload: "x".repeat(200_000) });
    const { outcome } = await attempt(roleOf(run), { input });
    expect(outcome).toMatchObject({ kind: "failed", reason, message: expect.stringMatching(message) as string });
  });

  test("a failed attempt keeps its output and its exit code", async () => {
    const { outcome } = await attempt(roleOf(fixture("exits-with", "3")));
    expect(outcome).toMatchObject({ result: { output: "this went out\n", exit_code: 3 } });
  });

  test("exit 75 asks to be run later", async () => {
    const { outcome } = await attempt(roleOf(fixture("exits-with", "75")));
    expect(outcome).toEqual({ kind: "snooze", message: "this went out", delay_ms: null });
  });

  test("no result file: the summary is the last line that is not empty", async () => {
    const { outcome } = await attempt(roleOf(["sh", "-c", "echo one; echo two; echo"]));
    expect(completed(outcome).result).toMatchObject({ summary: "two", data: null, artifacts: [] });
    const errors = await attempt(roleOf(["sh", "-c", "echo only an error >&2"]));
    expect(completed(errors.outcome).result).toMatchObject({ summary: "only an error", output: null });
  });

  test("a command that does not read its stdin is fine", async () => {
    const input = inputOf({ payload: "x".repeat(1_000_000) });
    const { outcome } = await attempt(roleOf(fixture("no-stdin")), { input });
    expect(completed(outcome).result.summary).toBe("did not read");
  });

  test("a flood is counted, and its end kept", async () => {
    const { outcome, log } = await attempt(roleOf(fixture("flood")));
    expect(log.at(-1)).toBe("… 400,001 lines dropped (output limit 100,000 lines)");
    expect(log).toHaveLength(100_001);
    expect(completed(outcome).result).toMatchObject({ summary: "the end", dropped_lines: 400_001 });
    expect(Buffer.byteLength(completed(outcome).result.output!)).toBeLessThanOrEqual(64 * 1024);
  });

  test("garbage and huge lines become text", async () => {
    const garbage = await attempt(roleOf(fixture("garbage")));
    expect(garbage.log.join("")).not.toContain("\0");
    expect(completed(garbage.outcome).result.summary).toBe("after the garbage");
    const huge = await attempt(roleOf(fixture("huge-line")));
    expect(huge.log).toEqual([`${"x".repeat(16_384)}… [4,983,616 more characters]`, "short"]);
  });
});

describe("a command that cannot be started", () => {
  const spawnFailure = async (run: string[], cwd = ".") => {
    const { outcome } = await attempt(roleOf(run, { cwd }), { projectDir: folder });
    expect(outcome).toMatchObject({ kind: "failed", reason: "spawn", result: null });
    return outcome.kind === "failed" ? outcome.message : "";
  };

  test("no such program: which one, and what to do", async () => {
    expect(await spawnFailure(["no-such-program"])).toMatch(
      /^no-such-program is not in any folder of the PATH: install no-such-program, or/,
    );
    expect(await spawnFailure(["./gone"])).toBe(
      `${join(folder, "gone")} does not exist: install gone, or correct command.run in the role`,
    );
  });

  test("no such folder", async () => {
    expect(await spawnFailure(["true"], "nowhere")).toMatch(/^the working directory .*nowhere does not exist: .*cwd/);
  });

  test("not executable, or its interpreter is missing", async () => {
    await writeFile(join(folder, "plain"), "#!/bin/sh\n");
    expect(await spawnFailure(["./plain"])).toMatch(/plain is not executable: chmod \+x/);
    await writeFile(join(folder, "script"), "#!/opt/gone/python3\n");
    await chmod(join(folder, "script"), 0o755);
    expect(await spawnFailure(["./script"])).toMatch(
      /script needs \/opt\/gone\/python3, which is not there: install Python 3/,
    );
  });
});
