import { describe, expect, test } from "vitest";
import type { AgentCliName } from "../../src/domain/command.js";
import { Role } from "../../src/domain/role.js";
import { roleProblems } from "../../src/executors/adapter-problems.js";
import type { Invocation } from "../../src/executors/adapters/adapter.js";
import { ADAPTERS } from "../../src/executors/adapters/adapters.js";
import { versionWarning } from "../../src/executors/cli-version.js";

const run = (fields: Partial<Invocation> = {}): Invocation => ({
  ...{ cwd: "/w", model: undefined, permission: "full", systemPrompt: undefined, mcp: {} },
  ...{ maxTurns: undefined, resume: undefined, env: {} },
  ...fields,
});
const mcp = { notes: { command: "npx", args: ["-y", "notes mcp"], env: { KEY: "it's" } } };

describe("what each CLI is told", () => {
  test.each<[AgentCliName, Partial<Invocation>, string]>([
    ["claude", { resume: "s", maxTurns: 5 }, "--max-turns 5 --resume s"],
    ["codex", { resume: "s" }, 'exec resume --json --skip-git-repo-check -c sandbox_mode="danger-full-access" s -'],
    ["codex", { systemPrompt: 'Say "hi"\n' }, String.raw`developer_instructions="Say \"hi\"\n"`],
    ["codex", { mcp }, `mcp_servers.notes={command="npx",args=["-y","notes mcp"],env={"KEY"="it's"}}`],
    ["gemini", { resume: "s", model: "m" }, "--skip-trust -m m --resume s"],
    ["opencode", { resume: "s", model: "p/m" }, "--dir /w -m p/m --session s"],
    ["qwen", { maxTurns: 5, systemPrompt: "x" }, "--append-system-prompt x --max-session-turns 5"],
    ["copilot", { resume: "s" }, "--resume=s"],
    ["goose", { mcp }, `--with-extension 'KEY=it'\\''s' npx -y 'notes mcp'`],
    ["amp", { resume: "T-1" }, "threads continue T-1 -x --stream-json"],
  ])("%s %j", (name, fields, words) => {
    expect(ADAPTERS[name].start(run(fields)).args.join(" ")).toContain(words);
  });

  test("opencode's settings go on top of the role's", () => {
    const env = { OPENCODE_CONFIG_CONTENT: JSON.stringify({ model: "p/m", permission: { "*": "ask" } }) };
    const start = ADAPTERS.opencode.start(run({ permission: "read-only", mcp, env }));
    expect(JSON.parse(start.env!["OPENCODE_CONFIG_CONTENT"]!)).toMatchObject({
      model: "p/m",
      permission: { "*": "allow", edit: "deny", bash: "deny" },
      mcp: { notes: { type: "local", command: ["npx", "-y", "notes mcp"], environment: { KEY: "it's" } } },
    });
  });
});

describe("what a CLI lacks is refused when the role is loaded", () => {
  const problems = (command: object, fields: object = {}) =>
    roleProblems(Role.parse({ name: "roy", command, prompt: "x", ...fields })).map(({ path }) => path.join("."));
  test.each<[object, object, string[]]>([
    [{ adapter: "goose", permission: "edit" }, {}, ["command.permission"]],
    [{ adapter: "aider", permission: "full", mcp }, {}, ["command.permission", "command.mcp"]],
    [{ adapter: "cursor", mcp }, {}, ["command.mcp"]],
    [{ adapter: "aider" }, { max_turns: 3 }, ["max_turns"]],
    [{ adapter: "command", run: ["true"] }, { max_steps: 3 }, ["max_steps"]],
    [{ adapter: "claude" }, { result_schema: { type: "nonsense" } }, ["result_schema"]],
    [{ adapter: "codex" }, { budget: { usd: 5, tokens: 100 } }, ["budget.usd"]],
    [{ adapter: "copilot" }, { budget: { tokens: 100 } }, ["budget.tokens"]],
    [{ adapter: "claude" }, { budget: { usd: 5, tokens: 100 } }, []],
    [{ adapter: "command", run: ["true"] }, { budget: { usd: 5 } }, []],
    [{ adapter: "claude", mcp }, { max_turns: 3, result_schema: { type: "object" } }, []],
    [{ adapter: "auto", permission: "edit" }, {}, []],
  ])("%j %j", (command, fields, paths) => {
    expect(problems(command, fields)).toEqual(paths);
  });
});

test.each<[string | null, RegExp | null]>([
  ["2.1.197", null],
  ["1.0.0", null],
  ["0.9.9", /^claude 0\.9\.9 is not a version its adapter was made for \(1\.0\.0 to below 3\.0\.0\)/],
  ["3.0.0", /^claude 3\.0\.0/],
  ["10.0.0", /^claude 10/],
  [null, null],
])("version %s", (version, warning) => {
  const said = versionWarning(ADAPTERS.claude, version);
  if (warning === null) expect(said).toBeNull();
  else expect(said).toMatch(warning);
});
