import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { initProject } from "../../src/operations/init.js";
import { importAgent, newRole } from "../../src/operations/role-files.js";
import { loadRole, loadRoles, validateFiles } from "../../src/operations/roles.js";

let root: string;
let agents: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mjagent-roles-"));
  agents = join(root, "agents");
  await mkdir(agents);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFile(join(agents, name), text);
const role = (name: string, more = "") => `name: ${name}\ncommand: { adapter: command, run: [node] }\n${more}`;

test("all roles of a folder, with their prompt files read", async () => {
  await write("a.yaml", role("a", "prompt_file: a.md\n"));
  await write("b.yml", role("b", "display_name: Doc Brown\n"));
  await write("a.md", "Do {{task.title}}\n");
  await write(".hidden.yaml", "not a role");
  const roles = await loadRoles(agents);
  expect(roles.map((loaded) => loaded.role.name)).toEqual(["a", "b"]);
  expect(roles[0]).toMatchObject({
    file: join(agents, "a.yaml"),
    projectDir: root,
    role: { prompt: "Do {{task.title}}\n" },
  });
});

test("all problems of all files at once", async () => {
  await write("a.yaml", role("a", "timeuot: 5m\n"));
  await write("b.yaml", role("c", "prompt_file: none.md\n"));
  await write("d.yaml", role("d", "display_name: Doc Brown\n"));
  await write("doc.yaml", role("doc", "display_name: docbrown\n"));
  const error: unknown = await loadRoles(agents).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "usage" });
  expect((error as Error).message.split("\n")).toEqual([
    `${agents}/a.yaml:3:1: unknown key "timeuot": did you mean "timeout"?`,
    `${agents}/b.yaml:1:7: name is "c", but the file's name is b.yaml: make them equal`,
    `${agents}/b.yaml:3:14: cannot read ${agents}/none.md`,
    `${agents}/doc.yaml:3:15: the agent id docbrown is taken by ${agents}/d.yaml`,
  ]);
});

test("no folder, and an empty one", async () => {
  await expect(loadRoles(join(root, "none"))).rejects.toMatchObject({
    code: "not_found",
    why: "there is no such folder",
  });
  await expect(loadRoles(agents)).rejects.toMatchObject({
    code: "not_found",
    hint: expect.stringContaining("mjagent init") as string,
  });
});

test("one role by its name in any case; broken neighbours do not matter", async () => {
  await write("debbie.yaml", role("debbie"));
  await write("broken.yaml", "nonsense");
  expect((await loadRole(agents, "Debbie")).role.name).toBe("debbie");
  await expect(loadRole(agents, "debie")).rejects.toMatchObject({
    code: "not_found",
    message: 'unknown agent "debie": did you mean "debbie"?',
    why: expect.stringContaining("broken, debbie") as string,
  });
  await expect(loadRole(agents, "broken")).rejects.toMatchObject({ code: "usage" });
});

test("validateFiles takes files from anywhere, also missing ones", async () => {
  await write("a.yaml", role("a"));
  expect(await validateFiles([join(agents, "a.yaml")])).toMatchObject([{ projectDir: root }]);
  await expect(validateFiles([join(agents, "a.yaml"), join(root, "none.yaml")])).rejects.toMatchObject({
    code: "usage",
    message: `${root}/none.yaml: there is no such file`,
  });
});

describe("newRole", () => {
  test("writes a valid role and never overwrites", async () => {
    expect(await newRole(agents, "code-reviewer")).toBe(join(agents, "code-reviewer.yaml"));
    const { role: made } = await loadRole(agents, "code-reviewer");
    expect(made).toMatchObject({
      display_name: "CodeReviewer",
      match: { types: ["code-reviewer"] },
      timeout: 1_800_000,
    });
    expect(made.prompt).toBe("You are Code Reviewer.\n\nYour task: {{task.title}}\n\n{{task.description}}\n");
    await expect(newRole(agents, "code-reviewer")).rejects.toMatchObject({ code: "conflict" });
    await expect(newRole(agents, "Müller & Co")).rejects.toMatchObject({ code: "usage", hint: "take: muller-co" });
  });

  test("makes the folder if there is none", async () => {
    await newRole(join(root, "team"), "x");
    expect(await readdir(join(root, "team"))).toEqual(["x.yaml"]);
  });
});

describe("importAgent", () => {
  const source = async (text: string): Promise<string> => {
    await writeFile(join(root, "Some Agent.md"), text);
    return join(root, "Some Agent.md");
  };

  test("front matter with unquoted colons; what has no place is kept as a comment", async () => {
    const text = `---
name: Code Reviewer
description: Use this agent when: code was written. Examples: <example>user: "hi"</example>
tools: Read, Grep
model: sonnet
color: blue
---

You review code.

  - indented: yes
# A heading
`;
    const result = await importAgent(agents, await source(text));
    expect(result).toEqual({ file: join(agents, "code-reviewer.yaml"), commented: ["tools", "color"] });
    const { role: made } = await loadRole(agents, "code-reviewer");
    expect(made).toMatchObject({
      display_name: "Code Reviewer",
      description: 'Use this agent when: code was written. Examples: <example>user: "hi"</example>',
      command: { adapter: "claude", model: "sonnet" },
    });
    expect(made.prompt).toBe(
      "You review code.\n\n  - indented: yes\n# A heading\n\nYour task: {{task.title}}\n\n{{task.description}}\n",
    );
    const yaml = await readFile(result.file, "utf8");
    expect(yaml).toContain("prompt: |");
    expect(yaml).toContain("#   tools: Read, Grep".replace("#   ", "# "));
    expect(yaml).toContain("# color: blue");
    await expect(importAgent(agents, await source(text))).rejects.toMatchObject({ code: "conflict" });
  });

  test("proper YAML, model inherit, a list of tools, a prompt that has the task already", async () => {
    const text =
      '---\r\nname: x\r\ndescription: "a: b"\r\nmodel: inherit\r\ntools:\r\n  - Read\r\n  - Bash\r\n---\r\nDo {{ task.title }}.\r\n';
    expect(await importAgent(agents, await source(text))).toMatchObject({ commented: ["tools"] });
    const { role: made } = await loadRole(agents, "x");
    expect(made).toMatchObject({ description: "a: b", command: { adapter: "claude" } });
    expect(made.command).not.toHaveProperty("model");
    expect(made.prompt).toBe("Do {{ task.title }}.\n");
  });

  test("no front matter: the file's name", async () => {
    await importAgent(agents, await source("Do things.\n"));
    expect((await loadRole(agents, "some-agent")).role.prompt).toContain("Do things.\n\nYour task: {{task.title}}");
  });

  test("nothing to import", async () => {
    await expect(importAgent(agents, await source("---\nname: x\n---\n"))).rejects.toMatchObject({ code: "usage" });
    await expect(importAgent(agents, join(root, "none.md"))).rejects.toMatchObject({ code: "not_found" });
  });
});

test("init puts the example agents and a configuration, and overwrites nothing", async () => {
  const folder = join(root, "site");
  await mkdir(join(folder, "agents"), { recursive: true });
  await writeFile(join(folder, "agents/debbie.yaml"), "mine");
  const first = await initProject(folder);
  expect(first.kept).toEqual(["agents/debbie.yaml"]);
  expect(first.created).toEqual(
    expect.arrayContaining(["agents/alice.yaml", "agents/doc-brown.yaml", "agents/morgan.yaml", "mjagent.yaml"]),
  );
  expect(await readFile(join(folder, "agents/debbie.yaml"), "utf8")).toBe("mine");
  expect((await initProject(folder)).created).toEqual([]);
  await rm(join(folder, "agents/debbie.yaml"));
  await initProject(folder);
  expect((await loadRoles(join(folder, "agents"))).map((loaded) => loaded.role.name)).toEqual([
    "alice",
    "debbie",
    "doc-brown",
    "morgan",
  ]);
});
