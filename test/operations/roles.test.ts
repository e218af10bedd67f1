import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newRole } from "../../src/operations/role-files.js";
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

describe("a role by the path of its file", () => {
  const markdown = "---\nname: Reviewer\ndescription: a: b\ntools: Read\nmodel: opus\n---\nReview it.\n";

  test.each(["roy.md", ".claude/agents/roy.md"])("%s: what an import would make of it", async (name) => {
    const file = join(root, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, markdown);
    expect(await loadRole(agents, file)).toMatchObject({
      file,
      projectDir: process.cwd(),
      role: {
        name: "reviewer",
        description: "a: b",
        match: { types: ["reviewer"], phases: [] },
        command: { adapter: "claude", model: "opus", permission: "read-only", system_prompt: "Review it.\n" },
        prompt: "Your task: {{task.title}}\n\n{{task.description}}\n",
      },
    });
    expect(await validateFiles([file])).toMatchObject([{ role: { name: "reviewer" } }]);
  });

  test("a role file: works from the folder that holds its agents folder, else from here", async () => {
    await write("a.yaml", role("a"));
    await writeFile(join(root, "b.yaml"), role("b"));
    expect(await loadRole("/nowhere", join(agents, "a.yaml"))).toMatchObject({ projectDir: root });
    expect(await loadRole("/nowhere", join(root, "b.yaml"))).toMatchObject({ projectDir: process.cwd() });
  });

  test("what is wrong with it", async () => {
    await write("empty.md", "---\nname: x\n---\n");
    await write("odd.md", `---\nname: x\ntimeout_mins: 1e300\n---\nText\n`);
    await expect(loadRole(agents, join(agents, "none.md"))).rejects.toMatchObject({ code: "not_found" });
    await expect(loadRole(agents, join(agents, "empty.md"))).rejects.toMatchObject({
      code: "usage",
      message: `${agents}/empty.md: there is no text in it that an agent could be told`,
    });
    await expect(loadRole(agents, join(agents, "odd.md"))).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/odd\.md: timeout: expected a duration/) as string,
    });
  });
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
