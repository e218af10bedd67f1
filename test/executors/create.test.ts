import { describe, expect, test } from "vitest";
import { Role } from "../../src/domain/role.js";
import { accountOf } from "../../src/executors/account.js";
import { createExecutor } from "../../src/executors/create.js";
import { readyRole } from "../../src/executors/ready.js";
import { fixturesDir, roleOf } from "./support.js";

const options = { projectDir: fixturesDir };

describe("readyRole", () => {
  test.each<[string, Role]>([
    ["a name on the PATH", roleOf(["node", "ok.mjs"])],
    ["a path from the role's folder", roleOf(["./garbage.mjs"])],
    ["an absolute path", roleOf([process.execPath])],
  ])("there: %s", async (_, role) => {
    await expect(readyRole(role, options)).resolves.toEqual({ role, warnings: [] });
  });

  test.each<[string, Role, object]>([
    [
      "no claude",
      Role.parse({ name: "debbie", command: { adapter: "claude" }, prompt: "x" }),
      {
        code: "failure",
        why: "claude is not in any folder of the PATH",
        hint: "npm install -g @anthropic-ai/claude-code",
      },
    ],
    ["not executable", roleOf(["./ok.mjs"]), { code: "failure", hint: `chmod +x ${fixturesDir}ok.mjs` }],
    ["no folder", roleOf(["sh"], { cwd: "gone" }), { code: "failure", hint: "create it, or correct cwd in the role" }],
    ["a template for a program", roleOf(["{{task.type}}"]), { code: "usage" }],
  ])("refused: %s", async (_, role, error) => {
    const env = { PATH: "/nowhere" };
    await expect(readyRole(role, { ...options, env })).rejects.toMatchObject({ name: "MjError", ...error });
  });
});

describe("the account that a role works with here", () => {
  const account = (adapter: string, env: Record<string, string>, more: object = {}) => {
    const allow = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"];
    const command = { adapter, ...more };
    return accountOf(Role.parse({ name: "r", command, prompt: "x", env: { allow } }), { ...options, env });
  };
  test.each([
    ["a key", account("claude", { ANTHROPIC_API_KEY: "one" }), /^ANTHROPIC_API_KEY-[0-9a-f]{8}$/],
    ["no key", account("claude", {}), /^claude-login-[0-9a-f]{8}$/],
    ["an empty key", account("claude", { ANTHROPIC_API_KEY: "" }), /^claude-login-/],
    ["a key that the role does not see", account("claude", { ANTHROPIC_AUTH_TOKEN: "x" }), /^claude-login-/],
    ["keys of several providers", account("opencode", { ANTHROPIC_API_KEY: "a", OPENAI_API_KEY: "o" }), /^opencode-/],
    ["what the role calls it", account("claude", { ANTHROPIC_API_KEY: "one" }, { account: "team" }), /^team$/],
  ])("%s", (_, name, expected) => {
    expect(name).toMatch(expected);
  });

  test("one key is one account, whatever CLI has it; another key is another; a program of one's own has none", () => {
    const key = { ANTHROPIC_API_KEY: "one" };
    expect(account("claude", key)).toBe(account("opencode", key));
    expect(account("claude", key)).not.toBe(account("claude", { ANTHROPIC_API_KEY: "two" }));
    expect(accountOf(roleOf(["node"]), options)).toBeNull();
  });
});

test("an unsafe command has no executor", () => {
  expect(() => createExecutor(roleOf(["sh", "-c", "echo {{task.title}}"]), options)).toThrow(/program text/);
});
