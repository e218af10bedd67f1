import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { importProject, importSources, type ImportedAgent } from "../../src/operations/import-agents.js";
import { loadRole, loadRoles } from "../../src/operations/roles.js";

const FILES = fileURLToPath(new URL("../fixtures/agent-files", import.meta.url));

let root: string;
let agents: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-import-"));
  agents = join(root, "agents");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const roleOf = async (name: string) => (await loadRole(agents, name)).role;
const yamlOf = (name: string): Promise<string> => readFile(join(agents, `${name}.yaml`), "utf8");
const lines = (imported: ImportedAgent[]): string[] =>
  imported.map(({ format, name, left }) => `${format ?? "?"} ${name ?? "?"} ${left ?? "imported"}`);

/** One file, imported by its name. */
async function importText(file: string, text: string): Promise<ImportedAgent> {
  await mkdir(join(root, file, ".."), { recursive: true });
  await writeFile(join(root, file), text);
  return (await importSources(agents, [join(root, file)]))[0]!;
}

describe("the agents of a project", () => {
  beforeEach(() => cp(FILES, root, { recursive: true }));

  test("all are found, each by its folder's format; a second time all are left", async () => {
    expect(lines(await importProject(agents, root))).toEqual([
      "claude ? it has no name and no description",
      "claude api-designer imported",
      "claude code-reviewer imported",
      "codex analysis-scout imported",
      "opencode verifier imported",
      "gemini docs-writer imported",
      "gemini ? it is a remote agent, which runs on a server of its own",
      "copilot critical-thinker imported",
      "cursor test-verifier imported",
    ]);
    expect((await loadRoles(agents)).map(({ role }) => role.command.adapter).sort()).toEqual(
      ["claude", "claude", "codex", "copilot", "cursor", "gemini", "opencode"].sort(),
    );
    const again = await importProject(agents, root);
    expect(again.filter(({ left }) => left === null)).toEqual([]);
    expect(again[1]).toMatchObject({ left: `${agents}/api-designer.yaml exists already`, error: null });
  });

  test("claude: colons and examples without quotes; MCP, turns and what has no counterpart", async () => {
    const imported = (await importProject(agents, root)).find(({ name }) => name === "api-designer");
    expect(imported?.commented).toEqual(["tools", "color", "memory", "hooks"]);
    expect(await roleOf("api-designer")).toMatchObject({
      display_name: "API Designer",
      description: expect.stringMatching(
        /^Use this agent when .*wanted, not code.*<\/example>\n\n<example>/s,
      ) as string,
      match: { types: ["api-designer"] },
      command: {
        adapter: "claude",
        model: "opus",
        permission: "edit",
        system_prompt: expect.stringMatching(
          /^You are an API designer\.\n.*\n {4}Keep this indentation\.\n$/s,
        ) as string,
        mcp: { docs: { command: "npx", args: ["-y", "docs-mcp", "--port", "8080"], env: { DEBUG: "1" } } },
      },
      prompt: "Your task: {{task.title}}\n\n{{task.description}}\n",
      env: { allow: expect.arrayContaining(["ANTHROPIC_API_KEY"]) as string[] },
    });
    const yaml = await yamlOf("api-designer");
    expect(yaml).toContain('# From .claude/agents/api-designer.md. Tasks of type "api-designer" come here');
    expect(yaml).toContain("\nmax_turns: 25\n");
    expect(yaml).toContain(
      "# tools: Read, Write, Edit, Bash(git diff:*, git log:*), mcp__docs__search\n# color: blue\n",
    );
    expect(yaml).toContain("#         - type: command\n#           command: ./scripts/check.sh\n");
  });

  test("claude: an example over lines that look like fields; a list of tools that only reads", async () => {
    await importProject(agents, root);
    const { description, command } = await roleOf("code-reviewer");
    expect(description).toMatch(
      /^Reviews changes .*assistant: "Let me ask.*\nmodel: this is a line of the example\n<\/example>$/s,
    );
    expect(command).toMatchObject({ adapter: "claude", permission: "read-only" });
    expect(command).not.toHaveProperty("model");
    expect(await yamlOf("code-reviewer")).toContain(
      "# tools:\n#   - Read\n#   - Grep\n#   - Glob\n# permissionMode: default",
    );
  });

  test("codex: TOML, its sandbox, servers of both kinds", async () => {
    const imported = (await importProject(agents, root)).find(({ format }) => format === "codex");
    expect(imported?.commented).toEqual(["model_reasoning_effort", "nickname_candidates", "mcp_servers"]);
    expect(await roleOf("analysis-scout")).toMatchObject({
      display_name: "analysis_scout",
      command: {
        adapter: "codex",
        model: "gpt-5.4",
        permission: "read-only",
        system_prompt: 'You are a scout.\nOwn exactly one slice: say "C:\\temp" as it is.\n\n# Not a comment\n',
        mcp: { files: { command: "node", args: ["files.mjs"] } },
      },
    });
    expect(await yamlOf("analysis-scout")).toContain("#     url: https://docs.example.com/mcp");
  });

  test("opencode, gemini, copilot, cursor", async () => {
    await importProject(agents, root);
    expect(await roleOf("verifier")).toMatchObject({
      description: "Read-only reviewer of tests, traces, and logs. Use only after the build.",
      command: { adapter: "opencode", model: "openai/gpt-5.4-mini", permission: "read-only" },
    });
    expect(await yamlOf("verifier")).toContain("\nmax_turns: 12\n");
    const writer = await roleOf("docs-writer");
    expect(writer).toMatchObject({
      timeout: 1_200_000,
      command: { adapter: "gemini", model: "gemini-3-flash-preview" },
    });
    expect(await yamlOf("docs-writer")).not.toContain("permission:");
    const critic = await roleOf("critical-thinker");
    expect(critic).toMatchObject({ command: { adapter: "copilot", permission: "read-only", mcp: {} } });
    expect(await yamlOf("critical-thinker")).toContain("# model: Claude Sonnet 4 (copilot)");
    expect(await roleOf("test-verifier")).toMatchObject({
      command: { adapter: "cursor", permission: "read-only" },
      prompt: "Run nothing, read everything: does {{task.title}} hold?\n",
    });
  });

  test("a name or an agent id that a role has already is left to it", async () => {
    await mkdir(agents);
    await writeFile(
      join(agents, "design.yaml"),
      "name: design\ndisplay_name: API Designer\ncommand: { adapter: command, run: [x] }\n",
    );
    await writeFile(join(agents, "verifier.yaml"), "broken");
    const imported = await importProject(agents, root);
    expect(imported.filter(({ left }) => left?.endsWith("exists already"))).toMatchObject([
      { name: "api-designer", left: `${agents}/design.yaml exists already` },
      { name: "verifier", left: `${agents}/verifier.yaml exists already` },
    ]);
    expect(await yamlOf("verifier")).toBe("broken");
  });

  test("a folder that is named: a project, or a heap of agents among other pages", async () => {
    expect(await importSources(agents, [root])).toHaveLength(9);
    const heap = join(root, "heap");
    await mkdir(join(heap, "more"), { recursive: true });
    await writeFile(join(heap, "guide.md"), "---\ntitle: Guide\ndescription: A page\n---\nText\n");
    await writeFile(join(heap, "more", "x.md"), "---\nname: x\n---\nText\n");
    expect(lines(await importSources(agents, [heap]))).toEqual(["claude x imported"]);
    await mkdir(join(root, "empty"));
    expect(await importSources(agents, [join(root, "empty")])).toMatchObject([{ error: "not_found" }]);
  });
});

describe("a file that is named", () => {
  test("BOM, CRLF, and unknown keys", async () => {
    const text =
      "\uFEFF---\r\nname: x\r\ndescription: a: b\r\ntools: Read\r\nodd: {a: 1}\r\n---\r\nDo it.\r\n\r\n- so\r\n";
    expect(await importText("x.md", text)).toMatchObject({ name: "x", commented: ["tools", "odd"] });
    const role = await roleOf("x");
    expect(role).toMatchObject({
      description: "a: b",
      command: { system_prompt: "Do it.\n\n- so\n", permission: "read-only" },
    });
  });

  test("no front matter: it is called as its file; a text that mentions the task is the prompt", async () => {
    expect(await importText("Some Agent.md", "Do {{ task.title }}.\n")).toMatchObject({ name: "some-agent" });
    const role = await roleOf("some-agent");
    expect(role).toMatchObject({ display_name: "Some Agent", prompt: "Do {{ task.title }}.\n" });
    expect(role.command).not.toHaveProperty("system_prompt");
  });

  test.each([
    ["x.toml", "name = 1 = 2", "usage", /^it is not TOML:1:\d+: /],
    ["x.toml", 'name = "x"', "usage", /^there is no text in it/],
    ["x.md", "---\nname: x\n---\n", "usage", /^there is no text in it/],
    ["x.md", '---\nname: "???"\n---\nDo', "usage", /^"\?\?\?" does not make/],
  ])("refused: %s %j", async (file, text, error, why) => {
    expect(await importText(file, text)).toMatchObject({
      error,
      left: expect.stringMatching(why) as string,
      file: null,
    });
  });

  test("a file that nobody wrote for an agent", async () => {
    const imported = await importText("big.md", "x".repeat(1_048_577));
    expect(imported).toMatchObject({ error: "usage", left: "it is larger than 1 MiB" });
  });

  test("front matter that no YAML reader could hold", async () => {
    const text = `---\nname: deep\ntools: Read\nodd: ${"[".repeat(200_000)}\ntools: Read, Grep\n---\nText\n`;
    expect(await importText("deep.md", text)).toMatchObject({ name: "deep", commented: ["tools", "odd"] });
    expect((await roleOf("deep")).command).toMatchObject({ permission: "read-only" });
  });

  test("not there, or there already: the others are imported all the same", async () => {
    await writeFile(join(root, "a.md"), "Do a");
    const sources = [join(root, "none.md"), join(root, "a.md"), join(root, "a.md")];
    expect((await importSources(agents, sources)).map(({ error }) => error)).toEqual(["not_found", null, "conflict"]);
    expect(await readdir(agents)).toEqual(["a.yaml"]);
  });
});

test("whatever is in an agent file, what is written is a role that says it", async () => {
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.array(fc.string()));
  const fields = fc.dictionary(fc.constantFrom("description", "tools", "model", "mcpServers", "odd", "steps"), value);
  let nth = 0;
  await fc.assert(
    fc.asyncProperty(fields, fc.string({ unit: "binary", minLength: 1 }), async (more, body) => {
      const name = `agent-${++nth}`;
      agents = join(root, name);
      const text = `---\n${JSON.stringify({ name, ...more })}\n---\n${body}`;
      const { left } = await importText(`${name}.md`, text);
      if (left !== null) {
        expect(Buffer.from(body).toString().trim()).toBe("");
        return;
      }
      const { command, prompt } = await roleOf(name);
      const said = "system_prompt" in command ? command.system_prompt : prompt;
      expect(said).toBe(`${Buffer.from(body).toString().replace(/\r\n?/g, "\n").trim()}\n`);
    }),
    { numRuns: 100 },
  );
});
