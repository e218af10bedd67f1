import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "../../bin/mjagent.js");
const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mjagent-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the real program in the folder; a claude that speaks its format is on the PATH. */
function mjagent(...args: string[]) {
  const env = { PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder, NO_COLOR: "1" };
  return execa(process.execPath, [BIN, ...args], { cwd: folder, env, extendEnv: false, reject: false });
}

describe("agents import", () => {
  test("all of the project: what was imported, what was left and why, what to do next", async () => {
    await cp(join(fixtures, "agent-files"), folder, { recursive: true });
    const run = await mjagent("agents", "import");
    expect(run.exitCode).toBe(0);
    expect(run.stdout.split("\n")).toContain(
      "imported agents/code-reviewer.yaml from .claude/agents/review/code-reviewer.md",
    );
    expect(run.stdout).toContain("left     .claude/agents/README.md: it has no name and no description");
    expect(run.stderr).toMatch(/^kept as comments: tools, color, .*\nnext: look at match in agents, then mjagent run/);
    const again = await mjagent("agents", "import", "--json");
    expect(again).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(again.stdout)).toHaveLength(9);
    expect(await mjagent("agents", "import", "-q")).toMatchObject({ exitCode: 0, stdout: "" });
    expect((await mjagent("agents", "validate")).exitCode).toBe(0);
  });

  test("a file that was named and cannot be imported is an error; a folder's is not", async () => {
    await cp(join(fixtures, "agent-files/.cursor"), join(folder, ".cursor"), { recursive: true });
    const file = ".cursor/agents/verifier.md";
    expect(await mjagent("agents", "import", file, "-q")).toMatchObject({ exitCode: 0, stdout: "test-verifier" });
    const again = await mjagent("agents", "import", file);
    expect(again.exitCode).toBe(6);
    expect(again.stderr).toContain(`error: cannot import ${file}\n  why: agents/test-verifier.yaml exists already`);
    expect((await mjagent("agents", "import", ".cursor")).exitCode).toBe(0);
    expect((await mjagent("agents", "import", "none.md")).exitCode).toBe(3);
  });

  test("a role that comes with mjagent, by its name", async () => {
    expect((await mjagent("agents", "import", "roy")).stdout).toBe("imported agents/roy.yaml");
    const wrong = await mjagent("agents", "import", "ryo");
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toContain("no role that comes with mjagent: those are alice, ");
  });

  test("nothing to import: where it looked", async () => {
    const run = await mjagent("agents", "import");
    expect(run).toMatchObject({ exitCode: 3, stdout: "" });
    expect(run.stderr).toContain("looked in .claude/agents, .codex/agents");
  });
});

test("an agent file is checked, shown and run as it is", async () => {
  await symlink(join(fixtures, "agents/claude.mjs"), join(folder, "claude"));
  await writeFile(join(folder, "Roy.md"), "---\nname: Roy\ntools: Read\n---\nYou are Roy: be brief.\n");
  expect((await mjagent("agents", "validate", "Roy.md")).stdout).toBe("ok\troy\tRoy.md");
  const shown = (await mjagent("agents", "show", "./Roy.md")).stdout;
  expect(shown).toContain("match types    roy");
  expect(shown).toContain("system prompt\n  You are Roy: be brief.\n");
  const run = await mjagent("exec", "--agent", "./Roy.md", "--prompt", "Look around");
  expect(run).toMatchObject({ exitCode: 0 });
  expect(run.stdout).toContain("--permission-mode plan");
  expect(run.stdout).toContain("Your task: Look around");
  expect(await mjagent("exec", "--agent", "./none.md", "--prompt", "x")).toMatchObject({ exitCode: 3 });
});
