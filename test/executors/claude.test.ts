import { mkdtemp, rm, symlink } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AgentSession } from "../../src/domain/agent-session.js";
import type { FailureReason } from "../../src/domain/reasons.js";
import { Role } from "../../src/domain/role.js";
import { attempt, completed, fixturesDir, inputOf, type RunOptions } from "./support.js";

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), "mjagent-test-"));
  await symlink(join(fixturesDir, "claude.mjs"), join(bin, "claude"));
});
afterAll(() => rm(bin, { recursive: true, force: true }));

const roleWith = (prompt: string, fields: object = {}, command: object = {}): Role =>
  Role.parse({ name: "debbie", command: { adapter: "claude", ...command }, prompt, ...fields });

const run = (prompt: string, fields: object = {}, command: object = {}, options: RunOptions = {}) =>
  attempt(roleWith(prompt, fields, command), {
    env: { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`, CLAUDECODE: "1", ANTHROPIC_API_KEY: "k" },
    ...options,
  });

const ARGS = "-p --output-format stream-json --verbose --permission-mode";

describe("an agent CLI, by a program that speaks like claude", () => {
  test("answer, usage, cost, session", async () => {
    const { outcome } = await run("Design {{task.title}} after {{blockers.0.result.summary}}");
    const { result } = completed(outcome);
    expect(result).toMatchObject({
      usage: { input_tokens: 3210, output_tokens: 45, cost_usd: 0.0421 },
      session_id: "8a1c9f0e-0000-4000-8000-000000000001",
      exit_code: 0,
    });
    expect(result.output).toContain(`args: ${ARGS} acceptEdits\n`);
    expect(result.output).toContain(JSON.stringify("# Task 42: About page\n\nDesign About page after use serif\n"));
  });

  test.each<[object, string]>([
    [{ permission: "read-only" }, `${ARGS} plan`],
    [{ permission: "edit", model: "opus" }, `${ARGS} acceptEdits --model opus`],
    [{ system_prompt: "Be brief." }, `${ARGS} acceptEdits --append-system-prompt Be brief.`],
  ])("%j", async (command, args) => {
    expect(completed((await run("x", {}, command)).outcome).result.output).toContain(`args: ${args}\n`);
  });

  test("a prompt never starts with a command, and a title is one line", async () => {
    const input = inputOf({ title: "/login\n# and more {{task.type}}" });
    const { outcome } = await run("/clear", {}, {}, { input });
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
    const allowed = await run("scenario: environment", { env: { allow: ["ANTHROPIC_API_KEY", "CLAUDECODE"] } });
    const seen = completed(allowed.outcome).result.output!.split(" ");
    expect(seen).toContain("ANTHROPIC_API_KEY");
    expect(seen).not.toContain("CLAUDECODE");
  });

  test("what is no event is shown as it is, and events nobody knows are ignored", async () => {
    const { outcome, shown } = await run("scenario: noise");
    expect(completed(outcome).result).toMatchObject({ summary: "All done.", output: "All done." });
    expect(shown).toEqual(["(node:1) Warning: something is deprecated", "{ not json"]);
  });

  test("a result file is read as well", async () => {
    const { result, handoff } = completed((await run("scenario: handoff")).outcome);
    expect(result).toMatchObject({ summary: "short", output: "All done." });
    expect(handoff).toMatchObject([{ title: "Go on" }]);
  });

  test.each<[string, FailureReason, RegExp]>([
    ["auth", "auth", /^claude is not logged in as \S+: run `claude` once and log in, or set ANTHROPIC_API_KEY/],
    ["usage-limit", "rate_limited", /usage limit reached/],
    ["retries-for-ever", "overloaded", /^stopped trying again/],
    ["max-turns", "turn_limit", /^error_max_turns$/],
    ["error-exit-0", "server_error", /^API Error: 500/],
    ["exit-1", "agent_error", /exited with code 1/],
    ["crash", "crash", /^claude exited with code 1 and no result: .*at node:events/],
    ["nothing", "no_result", /code 0 and no result/],
  ])("failed: %s", async (scenario, reason, message) => {
    const { outcome } = await run(`scenario: ${scenario}`);
    expect(outcome).toMatchObject({ kind: "failed", reason, message: expect.stringMatching(message) as string });
  });

  test("a usage limit says when it ends", async () => {
    const { outcome } = await run("scenario: usage-limit");
    expect(outcome).toMatchObject({ retry_after_ms: expect.any(Number) as number });
  });

  test("more turns than the role allows end it, whatever it limits itself", async () => {
    const { outcome } = await run("scenario: many-turns", { max_turns: 5 });
    expect(outcome).toMatchObject({ reason: "turn_limit", message: "stopped at its limit of 5 turns" });
  });

  test("success reported after our stop is none", async () => {
    const { outcome } = await run("scenario: slow", { timeout: "500ms" });
    expect(outcome).toMatchObject({ kind: "failed", reason: "timeout" });
  });

  test("one that has finished and does not exit is ended, and has finished", async () => {
    expect(completed((await run("scenario: stays")).outcome).result.summary).toBe("All done.");
  });

  test("not installed: says what to install", async () => {
    const { outcome } = await attempt(roleWith("x"), { env: { PATH: "/nowhere" } });
    expect(outcome).toMatchObject({
      reason: "spawn",
      message: "claude is not in any folder of the PATH: npm install -g @anthropic-ai/claude-code",
    });
  });
});

describe("a session", () => {
  const session = (fields: Partial<AgentSession> = {}): AgentSession => ({
    ...{ adapter: "claude", session_id: "s1", host: hostname(), cwd: fixturesDir.replace(/\/$/, ""), usage: null },
    ...fields,
  });
  const again = async (prompt: string, of: AgentSession) => {
    const error = { reason: "network" as const, message: "the line was cut" };
    return await run(prompt, {}, {}, { input: inputOf({ session: of, error }) });
  };

  test("is told once it is known, and gone on with by the next attempt", async () => {
    const told: AgentSession[] = [];
    await run("x", {}, {}, { onSession: (each) => told.push(each) });
    expect(told).toEqual([session({ session_id: "8a1c9f0e-0000-4000-8000-000000000001" })]);
    const { result } = completed((await again("x", session())).outcome);
    expect(result.output).toContain(`acceptEdits --resume s1\n`);
    expect(result.output).toContain("was interrupted (the line was cut)");
  });

  test.each<[string, Partial<AgentSession>]>([
    ["of another host", { host: "elsewhere" }],
    ["of another folder", { cwd: "/elsewhere" }],
    ["of another CLI", { adapter: "codex" }],
  ])("%s is not", async (_, fields) => {
    expect(completed((await again("x", session(fields))).outcome).result.output).not.toContain("--resume");
  });

  test("that is gone costs no attempt: it starts afresh", async () => {
    const { outcome, log } = await again("scenario: no-session", session());
    expect(completed(outcome).result.summary).toBe("All done.");
    expect(log).toContain("session s1 is not there any more: starting afresh");
  });
});

describe("result_schema", () => {
  const result_schema = { type: "object", properties: { pages: { type: "integer" } }, required: ["pages"] };

  test("what is not valid is asked for once more, in the same session", async () => {
    const { outcome, log } = await run("scenario: json", { result_schema });
    expect(completed(outcome).result).toMatchObject({
      data: { pages: 3 },
      output: 'Here it is:\n```json\n{"pages": "many"}\n```',
      usage: { input_tokens: 6420, output_tokens: 90 },
    });
    expect(log.join("\n")).toContain("data/pages must be integer: asking for it once more");
  });

  test("then it is invalid_output", async () => {
    const { outcome } = await run("scenario: json", { result_schema }, {}, { input: inputOf({ task_id: "43" }) });
    expect(outcome).toMatchObject({ reason: "invalid_output", message: expect.stringMatching(/no JSON/) as string });
  });
});
