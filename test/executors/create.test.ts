import { describe, expect, test } from "vitest";
import { Role } from "../../src/domain/role.js";
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

test("an unsafe command has no executor", () => {
  expect(() => createExecutor(roleOf(["sh", "-c", "echo {{task.title}}"]), options)).toThrow(/program text/);
});
