import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FailureReason } from "../../src/domain/reasons.js";
import { Role } from "../../src/domain/role.js";
import { attempt, completed, fixturesDir, inputOf } from "./support.js";

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), "mjagent-test-"));
  await symlink(join(fixturesDir, "claude.mjs"), join(bin, "claude"));
});
afterAll(() => rm(bin, { recursive: true, force: true }));

const roleWith = (prompt: string, fields: object = {}, command: object = {}): Role =>
  Role.parse({ name: "debbie", command: { adapter: "claude", ...command }, prompt, ...fields });

const run = (prompt: string, fields: object = {}, command: object = {}, input = inputOf()) =>
  attempt(roleWith(prompt, fields, command), {
    input,
    env: { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`, CLAUDECODE: "1", ANTHROPIC_API_KEY: "k" },
  });

describe("adapter claude", () => {
  test("answer, usage, cost, session", async () => {
    const { outcome, log } = await run("Design {{task.title}} after {{blockers.0.result.summary}}");
    const { result } = completed(outcome);
    expect(result).toMatchObject({
      usage: { input_tokens: 3210, output_tokens: 45, cost_usd: 0.0421 },
      session_id: "8a1c9f0e-0000-4000-8000-000000000001",
      exit_code: 0,
    });
    expect(log).toEqual(result.output!.split("\n"));
    expect(result.output).toContain("args: -p --output-format json --permission-mode acceptEdits\n");
    expect(result.output).toContain(JSON.stringify("# Task 42: About page\n\nDesign About page after use serif\n"));
  });

  test.each<[object, string]>([
    [{ permission: "read-only" }, "--permission-mode plan"],
    [{ permission: "full", model: "opus" }, "--permission-mode bypassPermissions --model opus"],
  ])("%j", async (command, args) => {
    expect(completed((await run("x", {}, command)).outcome).result.output).toContain(`json ${args}\n`);
  });

  test("a prompt never starts with a command, and a title is one line", async () => {
    const { outcome } = await run("/clear", {}, {}, inputOf({ title: "/login\n# and more {{task.type}}" }));
    expect(completed(outcome).result.output).toContain(
      JSON.stringify("# Task 42: /login # and more {{task.type}}\n\n/clear\n"),
    );
  });

  test("an answer that ends with the JSON object the prompt asked for", async () => {
    const { result } = completed((await run("scenario: closing")).outcome);
    expect(result).toMatchObject({ summary: "short", data: { page: "about" } });
    expect(result.output).toContain("Done.");
  });

  test("an answer that ends with some other JSON is words", async () => {
    const { result } = completed((await run("scenario: closing-other")).outcome);
    expect(result).toMatchObject({ summary: '{"data": 1, "artifacts": "no list"}', data: null });
  });

  test("the environment is the allow-list's: not the one of a claude around us", async () => {
    const names = completed((await run("scenario: environment")).outcome).result.output!.split(" ");
    expect(names).not.toContain("CLAUDECODE");
    expect(names).not.toContain("ANTHROPIC_API_KEY");
    const allowed = await run("scenario: environment", { env: { allow: ["ANTHROPIC_API_KEY"] } });
    expect(completed(allowed.outcome).result.output!.split(" ")).toContain("ANTHROPIC_API_KEY");
  });

  test.each(["noise", "events", "pretty"])("the result is found in: %s", async (scenario) => {
    expect(completed((await run(`scenario: ${scenario}`)).outcome).result).toMatchObject({
      summary: "All done.",
      output: "All done.",
    });
  });

  test("a result file is read as well", async () => {
    const { result, handoff } = completed((await run("scenario: handoff")).outcome);
    expect(result).toMatchObject({ summary: "short", output: "All done." });
    expect(handoff).toMatchObject([{ title: "Go on" }]);
  });

  test.each<[string, FailureReason, RegExp]>([
    ["auth", "auth", /^claude is not logged in: run "claude" once and log in, or set ANTHROPIC_API_KEY/],
    ["rate-limit", "rate_limited", /429/],
    ["max-turns", "agent_error", /^error_max_turns$/],
    ["error-exit-0", "agent_error", /^API Error: 500/],
    ["exit-1", "agent_error", /exited with code 1/],
    ["crash", "no_result", /^claude exited with code 1 and no result: .*at node:events/],
    ["nothing", "no_result", /code 0 and no result/],
  ])("failed: %s", async (scenario, reason, message) => {
    const { outcome } = await run(`scenario: ${scenario}`);
    expect(outcome).toMatchObject({ kind: "failed", reason, message: expect.stringMatching(message) as string });
  });

  test("success reported after our stop is none", async () => {
    const { outcome } = await run("scenario: slow", { timeout: "500ms" });
    expect(outcome).toMatchObject({ kind: "failed", reason: "timeout" });
  });

  test("not installed: says what to install", async () => {
    const { outcome } = await attempt(roleWith("x"), { env: { PATH: "/nowhere" } });
    expect(outcome).toMatchObject({
      reason: "spawn",
      message: "claude is not in any folder of the PATH: npm install -g @anthropic-ai/claude-code",
    });
  });
});
