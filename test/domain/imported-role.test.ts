import { describe, expect, test } from "vitest";
import { agentFormatOf, agentNameOf } from "../../src/domain/agent-format.js";
import { importedMcp } from "../../src/domain/imported-mcp.js";
import { importedPermission } from "../../src/domain/imported-permission.js";
import { importedRole } from "../../src/domain/imported-role.js";

describe("whose format a file has", () => {
  test.each([
    ["/p/.claude/agents/deep/er/x.md", { mode: "subagent" }, "claude"],
    ["/p/.codex/agents/x.toml", {}, "codex"],
    ["/home/me/.config/opencode/agents/x.md", {}, "opencode"],
    ["/p/.github/agents/x.agent.md", {}, "copilot"],
    ["/p/.cursor/agents/x.md", { permissionMode: "plan" }, "cursor"],
    ["/p/x.toml", {}, "codex"],
    ["/p/x.agent.md", { max_turns: 3 }, "copilot"],
    ["/p/x.md", { max_turns: 3 }, "gemini"],
    ["/p/x.md", { readonly: true }, "cursor"],
    ["/p/x.md", { mode: "all" }, "opencode"],
    ["/p/x.md", { "mcp-servers": {} }, "copilot"],
    ["/p/x.md", { name: "x", tools: "Read" }, "claude"],
  ])("%s %j: %s", (path, fields, format) => {
    expect(agentFormatOf(path, fields)).toBe(format);
  });

  test("and what it is called", () => {
    expect(["a.md", "b.agent.md", "c.toml", "d.e.md"].map(agentNameOf)).toEqual(["a", "b", "c", "d.e"]);
  });
});

describe("permission: the narrowest of what a file says", () => {
  test.each([
    [{}, undefined],
    [{ permissionMode: "plan" }, "read-only"],
    [{ permissionMode: "acceptEdits" }, "edit"],
    [{ permissionMode: "bypassPermissions" }, "full"],
    [{ permissionMode: "default" }, undefined],
    [{ permissionMode: "constructor" }, undefined],
    [{ permissionMode: "bypassPermissions", tools: "Read, Grep" }, "read-only"],
    [{ sandbox_mode: "read-only" }, "read-only"],
    [{ sandbox_mode: "workspace-write" }, "edit"],
    [{ sandbox_mode: "danger-full-access" }, "full"],
    [{ readonly: true }, "read-only"],
    [{ readonly: false }, undefined],
    [{ tools: "Read, Grep, Glob, mcp__docs__search" }, "read-only"],
    [{ tools: ["Read", "Write"] }, undefined],
    [{ tools: "Read, Bash(git diff:*, git log:*)" }, undefined],
    [{ tools: "Read, Task(explorer)" }, undefined],
    [{ tools: ["*"] }, undefined],
    [{ tools: [] }, "read-only"],
    [{ tools: "" }, undefined],
    [{ tools: ["read_file", "glob"] }, "read-only"],
    [{ tools: ["read_file", "run_shell_command"] }, undefined],
    [{ tools: ["search/codebase", "opik/*"] }, "read-only"],
    [{ tools: ["search", "edit/editFiles"] }, undefined],
    [{ tools: "Read, Edit", disallowedTools: "Edit" }, "read-only"],
    [{ disallowedTools: "Write, Edit" }, "read-only"],
    [{ disallowedTools: ["Edit"] }, undefined],
    [{ tools: { write: false, edit: false } }, "read-only"],
    [{ tools: { write: false, edit: false, bash: true } }, undefined],
    [{ tools: { write: false } }, undefined],
    [{ permission: { edit: "deny" } }, "read-only"],
    [{ permission: { edit: "ask", bash: "deny" } }, "read-only"],
    [{ permission: { edit: "deny", bash: "allow" } }, undefined],
    [{ permission: { edit: "deny", bash: { "*": "deny", "git diff": "allow" } } }, undefined],
    [{ permission: { edit: { "**/*.lock": "deny", "**": "allow" } } }, undefined],
    [{ permission: { "*": "deny", read: "allow" } }, "read-only"],
    [{ permission: "deny" }, "read-only"],
  ])("%j: %s", (fields, permission) => {
    expect(importedPermission(fields)).toBe(permission);
  });
});

describe("MCP servers", () => {
  test.each([
    [{ a: { command: "x", args: ["-y", 1] } }, { a: { command: "x", args: ["-y", "1"] } }, true],
    [[{ a: { type: "stdio", command: "x", env: { A: "1" } } }], { a: { command: "x", env: { A: "1" } } }, true],
    [["github", { a: { command: "x" } }], { a: { command: "x" } }, false],
    [{ a: { command: "x", tools: ["*"] } }, { a: { command: "x" } }, false],
    [{ a: { type: "http", url: "https://example.com" } }, {}, false],
    [{ a: { type: "sse", command: "x" } }, {}, false],
    [{ "a b": { command: "x" } }, {}, false],
    [{ a: { command: "x", env: { KEY: "${KEY}" } } }, {}, false],
    [{ a: { command: "x", env: { KEY: "COPILOT_MCP_KEY" } } }, {}, false],
    [{}, {}, true],
    ["github", {}, false],
  ])("%j", (written, servers, whole) => {
    expect(importedMcp(written)).toEqual({ servers, whole });
  });
});

describe("what is carried over and what is kept", () => {
  const imported = (fields: object, format: "claude" | "cursor" | "gemini" = "claude", body = "Text") => {
    const result = importedRole({ format, fileName: "x", fields: { ...fields }, body });
    if ("refused" in result) throw new Error(result.refused);
    return result;
  };

  test.each([
    ["inherit", undefined, {}],
    ["claude-opus-4-8[effort=high]", "claude-opus-4-8[effort=high]", {}],
    ["openai/gpt-5", "openai/gpt-5", {}],
    ["GPT 5 (copilot)", undefined, { model: "GPT 5 (copilot)" }],
    [["a", "b"], undefined, { model: ["a", "b"] }],
    [null, undefined, {}],
  ])("model %j", (model, taken, kept) => {
    const { role, kept: rest } = imported({ model });
    expect(role.command["model"]).toBe(taken);
    expect(rest).toEqual(kept);
  });

  test("cursor's model fast is none", () => {
    expect(imported({ model: "fast" }, "cursor").kept).toEqual({ model: "fast" });
  });

  test("turns and minutes", () => {
    expect(imported({ max_turns: 5, timeout_mins: 2, kind: "local" }, "gemini")).toMatchObject({
      role: { timeout: "2m", max_turns: 5 },
      kept: {},
    });
    expect(imported({ steps: 0 })).toMatchObject({ kept: { steps: 0 } });
  });

  test("a mode that a narrower word overrules is kept", () => {
    expect(imported({ permissionMode: "bypassPermissions", tools: "Read" }).kept).toEqual({
      permissionMode: "bypassPermissions",
      tools: "Read",
    });
    expect(imported({ permissionMode: "plan" }).kept).toEqual({});
  });

  test("line breaks that were written as \\n", () => {
    expect(imported({ description: "One.\\n\\nExamples: none" }).role["description"]).toBe("One.\n\nExamples: none");
  });

  test("refused", () => {
    const file = { format: "claude", fileName: "…", fields: {}, body: "x" } as const;
    expect(importedRole(file)).toEqual({ refused: '"…" does not make the name of a role' });
    expect(importedRole({ ...file, fileName: "x", body: " \n" })).toHaveProperty("refused");
    expect(importedRole({ ...file, fileName: "x", format: "gemini", fields: { kind: "remote" } })).toHaveProperty(
      "refused",
    );
  });
});
