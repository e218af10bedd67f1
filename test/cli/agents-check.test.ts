import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let root: string;
let env: Record<string, string>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-check-"));
  await Promise.all([mkdir(join(root, "agents")), mkdir(join(root, "bin"))]);
  const claude = fileURLToPath(new URL("../fixtures/agents/claude.mjs", import.meta.url));
  await symlink(claude, join(root, "bin", "claude"));
  const role = (name: string, command: string, more = "") =>
    writeFile(
      join(root, "agents", `${name}.yaml`),
      `name: ${name}\ncommand: ${command}\nprompt: "{{task.title}}"\n${more}`,
    );
  await role("here", "{ adapter: claude }", "env: { allow: [ANTHROPIC_API_KEY] }\n");
  await role("picked", "{ adapter: auto }");
  await role("gone", "{ adapter: codex }");
  env = {
    PATH: `${join(root, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: root,
    ANTHROPIC_API_KEY: "sk-12345-secret",
  };
});
afterAll(() => rm(root, { recursive: true, force: true }));

const BIN = join(import.meta.dirname, "../../bin/mjagent.js");

async function run(args: string[]): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
  const options = { cwd: root, env, extendEnv: false, reject: false, stripFinalNewline: false } as const;
  const { exitCode, stdout, stderr } = await execa(process.execPath, [BIN, ...args], options);
  return { code: exitCode, stdout, stderr };
}

describe("agents check", () => {
  test("each agent: its program, version and login, and what is missing; exit 1", async () => {
    const { code, stdout, stderr } = await run(["agents", "check", "--json"]);
    expect(code, stderr).toBe(1);
    const found = JSON.parse(stdout) as { name: string }[];
    expect(Object.fromEntries(found.map((each) => [each.name, each]))).toMatchObject({
      here: { adapter: "claude", program: "claude", version: "2.1.0", login: "ANTHROPIC_API_KEY", problem: null },
      picked: { adapter: "claude", login: null, login_hint: expect.stringContaining("log in") as string },
      gone: {
        adapter: "codex",
        problem: "codex is not in any folder of the PATH",
        hint: "npm install -g @openai/codex",
      },
    });
  });

  test("one by its name; the text says what to do", async () => {
    const good = await run(["agents", "check", "here"]);
    expect(good).toMatchObject({ code: 0, stdout: "ok\there\tclaude\t2.1.0\tANTHROPIC_API_KEY\n" });
    const bad = await run(["agents", "check", "gone"]);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain("gone cannot run here: codex is not in any folder of the PATH\n  next: npm install");
  });
});

describe("agents try", () => {
  test("shows what is run, where, with which variables, and what came of it; no secret", async () => {
    const { code, stdout, stderr } = await run(["agents", "try", "here", "--prompt", "Say hello"]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^completed\n {2}summary +prompt: /);
    expect(stdout).toMatch(/tokens +3210 in, 45 out/);
    expect(stderr).toContain("runs   claude -p --output-format stream-json");
    expect(stderr).toMatch(/sees {3}ANTHROPIC_API_KEY .*\bHOME\b/);
    expect(stderr).toContain("  # Task exec: Say hello");
    expect(stdout + stderr).not.toContain("sk-12345-secret");
  });

  test("a failure: exit 1, its reason and what to do", async () => {
    const { code, stdout } = await run(["agents", "try", "here", "--prompt", "scenario: auth"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failed \(auth: the agent is not logged in\): claude is not logged in as /);
  });
});
