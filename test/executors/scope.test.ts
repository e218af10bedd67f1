import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Role } from "../../src/domain/role.js";
import { scopeText } from "../../src/domain/scope.js";
import { TestRepository } from "../support/repository.js";
import { attempt, completed, fixturesDir, inputOf, roleOf } from "./support.js";

let root: string;
let repository: TestRepository;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-scope-"));
  process.env["HOME"] = join(root, "home");
  repository = new TestRepository(join(root, "site"));
  repository.commit({ "src/api/a.ts": "a\n", "src/frontend/b.ts": "b\n", "README.md": "hello\n" });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const scope = { own: ["src/**"], never: ["src/frontend/**"] };
const run = (text: string, input = inputOf()) =>
  attempt(roleOf(["sh", "-c", text], { workspace: "worktree", scope }), { projectDir: repository.top, input });
const commit = "git -c user.name=a -c user.email=a@a commit -qm x";

test("what is within it is fine, and the command was told", async () => {
  const { outcome } = await run("echo more >> src/api/a.ts; echo new > src/api/.new");
  expect(completed(outcome).result.changes).toMatchObject({ files: 2 });
  const told = await run("cat", inputOf({ task_id: "43" }));
  expect(JSON.parse(completed(told.outcome).result.summary ?? "")).toMatchObject({ scope });
});

test("an agent CLI is told at the end of its prompt", async () => {
  await symlink(join(fixturesDir, "claude.mjs"), join(root, "claude"));
  const command = { adapter: "claude" };
  const role = Role.parse({ name: "debbie", command, prompt: "Do it", workspace: "worktree", scope });
  const env = { PATH: `${root}:${dirname(process.execPath)}:/usr/bin:/bin` };
  const { outcome } = await attempt(role, { projectDir: repository.top, env });
  const prompt = JSON.stringify(`Do it\n\n${scopeText(scope)}\n`).slice(1);
  expect(completed(outcome).result.output).toContain(prompt);
});

test.each<[string, string, string[]]>([
  ["a change", "echo x >> README.md", ["README.md"]],
  ["a new file", "touch new", ["new"]],
  ["a removal", "rm src/frontend/b.ts", ["src/frontend/b.ts"]],
  ["a rename, by both its names", "mv src/frontend/b.ts README.md", ["README.md", "src/frontend/b.ts"]],
  ["a rename out of it", "git mv src/frontend/b.ts src/api/b.ts", ["src/frontend/b.ts"]],
  [
    "a symbolic link, and what was written through one",
    "ln -s ../../README.md src/api/l; echo x >> src/api/l",
    ["README.md"],
  ],
  ["a link in place of a folder", "rm -r src/frontend; ln -s api src/frontend", ["src/frontend", "src/frontend/b.ts"]],
  ["a mode", "chmod +x README.md", ["README.md"]],
  ["commits of the agent's own", `touch new; git add new; ${commit}`, ["new"]],
  [
    "what it hides from git",
    "echo new > .gitignore; git update-index --assume-unchanged README.md; echo x > README.md",
    [".gitignore"],
  ],
])("%s outside of it is a violation, kept on the branch", async (_, text, files) => {
  const { outcome } = await run(text);
  expect(outcome).toMatchObject({
    kind: "failed",
    reason: "scope_violation",
    result: { changes: { branch: "mjagent/42" } },
  });
  const named = "message" in outcome ? outcome.message.split("scope: ")[1]?.split(", ") : [];
  expect(named?.map((name) => JSON.parse(name) as string).sort()).toEqual(files.sort());
  expect(repository.branches).toEqual(["main", "mjagent/42"]);
});

test("a command that failed besides says both; what a later attempt undoes is forgiven", async () => {
  const { outcome } = await run("touch new; echo no >&2; exit 3");
  expect(outcome).toMatchObject({
    reason: "scope_violation",
    message: expect.stringMatching(/"new"; besides: exited with code 3: no$/) as string,
  });
  expect((await run("rm new; touch src/api/x")).outcome.kind).toBe("completed");
});
