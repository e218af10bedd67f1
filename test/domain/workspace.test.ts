import { describe, expect, it } from "vitest";
import { Role } from "../../src/domain/role.js";
import { check } from "../../src/schema-problems.js";
import { checkYaml } from "../../src/yaml.js";

const least = { name: "debbie", command: { adapter: "command", run: ["node", "x.mjs"] } };

describe("a workspace", () => {
  const author = "mjagent <mjagent@localhost>";
  it.each<[unknown, object]>([
    [undefined, { kind: "cwd" }],
    ["cwd", { kind: "cwd" }],
    ["temp", { kind: "temp" }],
    ["worktree", { kind: "worktree", author }],
    [{ kind: "worktree" }, { kind: "worktree", author }],
    [
      { kind: "worktree", author: "Kim Ö <kim@here>", continue_from: "blocker" },
      { kind: "worktree", author: "Kim Ö <kim@here>", continue_from: "blocker" },
    ],
  ])("%j", (workspace, read) => {
    expect(Role.parse({ ...least, workspace }).workspace).toEqual(read);
  });
});

it("hooks and a scope are read", () => {
  const scope = { own: ["src/**"], never: ["src/a"] };
  const role = Role.parse({
    ...least,
    workspace: "worktree",
    scope,
    before: { run: ["npm", "ci"], timeout: "5m" },
    after: { run: ["x"] },
  });
  expect(role).toMatchObject({ scope, before: { run: ["npm", "ci"], timeout: 300_000 }, after: { timeout: 120_000 } });
});

it.each<[string, object, RegExp]>([
  ["a word nobody knows", { workspace: "worktre" }, /did you mean "worktree"\?/],
  ["a kind nobody knows", { workspace: { kind: "tmp" } }, /did you mean "temp"\?/],
  ["no kind", { workspace: {} }, /workspace.kind is missing/],
  ["a number", { workspace: 5 }, /workspace must be/],
  ["an author without a worktree", { workspace: { kind: "temp", author: "a <b>" } }, /unknown key "author"/],
  ["no author", { workspace: { kind: "worktree", author: "Kim" } }, /an author is written "Name <mail>"/],
  ["a watching role", { workspace: "worktree", watch: ["completed"] }, /a role that watches has no tasks/],
  ["scope without a worktree", { scope: { own: ["a"] } }, /^scope needs workspace: worktree/],
  ["scope in temp", { workspace: "temp", scope: { own: ["a"] } }, /^scope needs workspace: worktree/],
  ["scope that says nothing", { workspace: "worktree", scope: {} }, /^scope needs own or never$/],
  ["no globs", { workspace: "worktree", scope: { own: [] } }, /at least 1 item/],
  [
    "a glob from elsewhere",
    { workspace: "worktree", scope: { never: ["/src"] } },
    /begins at the top of the repository/,
  ],
  [
    "a glob from outside",
    { workspace: "worktree", scope: { never: ["../x/**"] } },
    /begins at the top of the repository/,
  ],
  ["a glob that excepts", { workspace: "worktree", scope: { own: ["!a"] } }, /goes into never/],
  ["a hook that is a shell line", { before: { run: "npm ci" } }, /before.run must be a list/],
  ["a hook without time", { after: { run: ["x"], timeout: "0s" } }, /longer than nothing/],
])("refused: %s", (_, fields, text) => {
  const checked = check(Role, { ...least, ...fields });
  expect(checked.ok ? [] : checked.problems.map((problem) => problem.text)).toEqual([expect.stringMatching(text)]);
});

it.each([
  ["scope: { own: [a] }", 3, 8],
  ["workspace: worktre", 3, 1],
  ["workspace: worktree\nwatch: [completed]", 3, 12],
])("%j is told where it stands", (more, line, column) => {
  const text = `name: a\ncommand: { adapter: command, run: [node] }\n${more}\n`;
  expect(checkYaml(text, "a.yaml", Role)).toMatchObject({
    problems: [expect.stringContaining(`a.yaml:${line}:${column}: `) as string],
  });
});
