import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentIdOf, registrationOf, Role } from "../../src/domain/role.js";
import { check } from "../../src/schema-problems.js";

const least = { name: "debbie", command: { adapter: "command", run: ["node", "x.mjs"] } };
const claude = { name: "debbie", command: { adapter: "claude" }, prompt: "Do {{task.title}}" };

it("fills in what is not said", () => {
  expect(Role.parse(least)).toEqual({
    name: "debbie",
    description: "",
    match: { types: [], phases: [], keywords: [], tags: [], files: [] },
    watch: [],
    command: { adapter: "command", run: ["node", "x.mjs"] },
    concurrency: 1,
    timeout: 1_800_000,
    retry: { max_attempts: 3, backoff_ms: 30_000, max_backoff_ms: 600_000 },
    handoff: [],
    env: { allow: [], set: {}, secret: [] },
    cwd: ".",
    artifacts: [],
    workspace: { kind: "cwd" },
  });
});

it("reads the role of the contract", () => {
  const role = Role.parse({
    name: "debbie",
    display_name: "Debbie",
    description: "Web design agent",
    match: { types: ["design"], phases: ["design"], keywords: [], tags: [], files: [] },
    watch: [],
    command: { adapter: "claude", model: "opus" },
    prompt_file: "debbie.md",
    concurrency: 1,
    timeout: "30m",
    stall_timeout: "10m",
    retry: { max_attempts: 3, backoff: "30s", max_backoff: "10m" },
    handoff: [{ title: "Convert {{task.title}} to Mobiledoc", type: "mobiledoc_conversion" }],
    env: { allow: ["ANTHROPIC_API_KEY"], set: {} },
    cwd: ".",
  });
  expect(role).toMatchObject({
    timeout: 1_800_000,
    stall_timeout: 600_000,
    retry: { max_attempts: 3, backoff_ms: 30_000, max_backoff_ms: 600_000 },
    command: { adapter: "claude", model: "opus", permission: "edit" },
    handoff: [{ title: "Convert {{task.title}} to Mobiledoc", type: "mobiledoc_conversion" }],
  });
  expect(registrationOf(role)).toEqual({
    name: "debbie",
    description: "Web design agent",
    match: { types: ["design"], phases: ["design"], keywords: [], tags: [], files: [] },
    max_running: null,
    watch: [],
  });
});

describe("what is wrong is told in plain words, all of it at once", () => {
  it.each<[string, unknown, string[]]>([
    ["nothing", null, ["this must be a mapping of keys to values, found nothing"]],
    ["empty", {}, ["name is missing", "command is missing"]],
    ["name", { ...least, name: "Debbie Smith" }, ["a role name is 1 to 64 of a-z, 0-9 and -"]],
    ["unknown key", { ...least, promt: "x" }, ['unknown key "promt": did you mean "prompt"?']],
    ["unknown key inside", { ...least, match: { type: ["x"] } }, ['unknown key "type": did you mean "types"?']],
    [
      "unknown key of the adapter",
      { ...least, command: { ...least.command, model: "x" } },
      [expect.stringContaining('"model"') as string],
    ],
    ["wrong type", { ...least, match: { types: "design" } }, ['match.types must be a list, found the text "design"']],
    ["empty word", { ...least, match: { keywords: [""] } }, [expect.stringMatching(/keywords/) as string]],
    ["duration", { ...least, timeout: "soon" }, ["expected a duration such as 30s, 10m or 2h"]],
    ["number as duration", { ...least, timeout: 30 }, ["timeout must be text, found the number 30"]],
    ["concurrency", { ...least, concurrency: 0 }, ["concurrency must be at least 1, found the number 0"]],
    [
      "attempts",
      { ...least, retry: { max_attempts: 0 } },
      ["retry.max_attempts must be at least 1, found the number 0"],
    ],
    ["watch", { ...least, watch: ["complete"] }, [expect.stringContaining('did you mean "completed"?') as string]],
    ["adapter", { ...least, command: { adapter: "claud" } }, ['unknown adapter "claud": did you mean "claude"?']],
    ["no adapter", { ...least, command: {} }, [expect.stringContaining("command, claude, codex") as string]],
    ["run", { ...least, command: { adapter: "command", run: [] } }, ["run needs at least the program"]],
    [
      "run as a shell line",
      { ...least, command: { adapter: "command", run: "ls -l" } },
      ['command.run must be a list, found the text "ls -l"'],
    ],
    ["two prompts", { ...claude, prompt_file: "x.md" }, ["give prompt or prompt_file, not both"]],
    ["no prompt", { ...claude, prompt: undefined }, ["adapter claude needs a prompt or a prompt_file"]],
    ["hand-off", { ...least, handoff: [{ title: " " }] }, ["a task needs a title"]],
    [
      "key of a hand-off",
      { ...least, handoff: [{ title: "t", task_id: "5" }] },
      [expect.stringContaining('unknown key "task_id"') as string],
    ],
    ["env", { ...least, env: { set: { A: 5 } } }, [expect.stringContaining("env.set.A must be text") as string]],
    ...["/etc/*", "../x", "a/../../x", "~/x", "C:/x"].map((glob): [string, object, string[]] => [
      `artifacts outside: ${glob}`,
      { ...least, artifacts: ["dist/**", glob] },
      ["expected a glob within the working folder, such as dist/** or *.png"],
    ]),
    [
      "a secret nobody gets",
      { ...least, env: { allow: ["TOKEN"], set: { PHRASE: "x" }, secret: ["token", "Phrase", "PHARSE"] } },
      ["the command gets no PHARSE: add it to allow or set, or correct the name"],
    ],
    [
      "many",
      { name: "X", command: { adapter: "command", run: [] }, timeout: "x", foo: 1 },
      [
        "a role name is 1 to 64 of a-z, 0-9 and -",
        "run needs at least the program",
        "expected a duration such as 30s, 10m or 2h",
        expect.stringContaining('unknown key "foo"') as string,
      ],
    ],
  ])("%s", (_, given, texts) => {
    const checked = check(Role, given);
    expect(checked.ok ? [] : checked.problems.map(({ text }) => text)).toEqual(texts);
  });

  it("never throws, whatever it is given", () => {
    const near = fc.dictionary(fc.constantFrom(...Object.keys(Role.shape)), fc.jsonValue());
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), near), (json) => {
        const checked = check(Role, json);
        if (!checked.ok) expect(checked.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});

it.each([
  [{ name: "debbie" }, "debbie"],
  [{ name: "debbie", display_name: "Debbie" }, "Debbie"],
  [{ name: "doc-brown", display_name: "Doc Brown" }, "DocBrown"],
  [{ name: "x", display_name: "Zoë > 1.*" }, "Zo1"],
  [{ name: "x", display_name: "日本" }, "x"],
  [{ name: "x", display_name: "a_b-c" }, "a_b-c"],
])("%j goes by the agent id %s", (role, id) => {
  expect(agentIdOf(role)).toBe(id);
});
