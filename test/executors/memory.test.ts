import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Role } from "../../src/domain/role.js";
import { loadRole } from "../../src/operations/roles.js";
import { eventually } from "../support/eventually.js";
import { attempt, completed, fixture, fixturesDir, inputOf, type Ran, roleOf } from "./support.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mjagent-memory-"));
  file = join(folder, "notes.md");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the fixture in the folder, with its memory there. */
const run = (args: string[], taskId = "42"): Promise<Ran> =>
  attempt(roleOf(fixture("remembers", ...args), { memory: "notes.md" }), {
    projectDir: folder,
    input: inputOf({ task_id: taskId }),
  });
const act = (code: string): Promise<Ran> => run(["do", code]);
const memory = (): Promise<string> => readFile(file, "utf8");

describe("a memory", () => {
  test("is told, kept between tasks, and nothing is left beside it", async () => {
    const first = await run(["note", "one"]);
    expect(JSON.parse(first.log[0]!)).toMatchObject({ memory: "", same: true });
    expect(await memory()).toBe("- one\n");
    const second = await run(["note", "two"]);
    const told = JSON.parse(second.log[0]!) as { memory: string; copy: string };
    expect(told.memory).toBe("- one\n");
    expect(told.copy).toBe(join(folder, `.mjagent-${second.runId}`, "notes.md"));
    expect(await memory()).toBe("- one\n- two\n");
    expect(await readdir(folder)).toEqual(["notes.md"]);
  });

  test("is not kept when the attempt fails", async () => {
    await writeFile(file, "- old\n");
    expect((await run(["exit", "new"])).outcome).toMatchObject({ kind: "failed" });
    expect(await memory()).toBe("- old\n");
    expect(await readdir(folder)).toEqual(["notes.md"]);
  });

  test("an unchanged one is not written", async () => {
    await writeFile(file, "- old\n");
    const before = await stat(file);
    await act("");
    expect((await stat(file)).ino).toBe(before.ino);
  });

  test("keeps its mode, and a link stays a link", async () => {
    await mkdir(join(folder, "real"));
    await writeFile(join(folder, "real", "x.md"), "- old\n");
    await chmod(join(folder, "real", "x.md"), 0o600);
    await symlink("real/x.md", file);
    await run(["note", "new"]);
    expect(await memory()).toBe("- old\n- new\n");
    const kept = await stat(join(folder, "real", "x.md"));
    expect(kept.mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "real"))).toEqual(["x.md"]);
  });

  test("attempts at once: nobody's notes are lost", async () => {
    await writeFile(file, "- old\n");
    const go = join(folder, "go");
    const runs = ["a", "b", "c"].map((note) => run(["wait", go, note], `task-${note}`));
    await eventually(async () =>
      expect((await readdir(folder)).filter((name) => name.startsWith("."))).toHaveLength(3),
    );
    await writeFile(go, "");
    for (const { outcome } of await Promise.all(runs)) completed(outcome);
    const text = await memory();
    for (const note of ["- old", "- a", "- b", "- c"]) expect(text.split("\n")).toContain(note);
    expect(text.match(/<!-- Debbie, task task-[abc]: noted while others changed this file -->/g)).toHaveLength(2);
  });

  test("a person's change meanwhile stays", async () => {
    const go = join(folder, "go");
    const running = run(["wait", go, "mine"]);
    await eventually(async () => expect((await readdir(folder)).length).toBeGreaterThan(0));
    await writeFile(file, "- a person's\n");
    await writeFile(go, "");
    completed((await running).outcome);
    expect(await memory()).toMatch(/^- a person's\n\n<!-- Debbie, task 42: .* -->\n\n- mine\n$/);
  });
});

describe("what is not kept, is said, and costs no result", () => {
  test.each([
    ["too large", 'fs.writeFileSync(copy, "x".repeat(262145))', /its copy is too large: 257 KiB, the limit is 256 KiB/],
    ["emptied", 'fs.writeFileSync(copy, "")', /its copy is empty/],
    ["a link", 'fs.rmSync(copy); fs.symlinkSync("/etc/passwd", copy)', /its copy cannot be read/],
    ["a folder", "fs.rmSync(copy); fs.mkdirSync(copy)", /its copy is not a file/],
    ["no text", "fs.writeFileSync(copy, Buffer.from([255]))", /its copy cannot be read/],
  ])("%s", async (_, code, why) => {
    await writeFile(file, "- old\n");
    const { outcome, log } = await act(code);
    completed(outcome);
    expect(log.at(-1)).toMatch(/^the memory was not kept: /);
    expect(log.at(-1)).toMatch(why);
    expect(await memory()).toBe("- old\n");
  });

  test("a copy that is gone changes nothing", async () => {
    await writeFile(file, "- old\n");
    expect((await act("fs.rmSync(copy)")).log).toHaveLength(1);
    expect(await memory()).toBe("- old\n");
  });
});

test("one that cannot be read fails the attempt, and the role where it is read", async () => {
  await writeFile(file, "x".repeat(262_145));
  expect((await run(["note", "x"])).outcome).toMatchObject({
    kind: "failed",
    reason: "agent_error",
    message: `the memory ${file} is too large: 257 KiB, the limit is 256 KiB; shorten it`,
  });
  const role = "name: x\ncommand: { adapter: command, run: [node] }\nmemory: notes.md\n";
  await writeFile(join(folder, "x.yaml"), role);
  await expect(loadRole(folder, "x")).rejects.toMatchObject({
    code: "usage",
    message: expect.stringMatching(/x\.yaml:3:9: .*notes\.md is too large/) as string,
  });
  await rm(file);
  expect((await loadRole(folder, "x")).role.memory).toBe(file);
});

describe("an agent CLI", () => {
  const claude = async (permission: string): Promise<string> => {
    await symlink(join(fixturesDir, "claude.mjs"), join(folder, "claude"));
    await writeFile(file, "- {{task.title}} as it is\n");
    const role = Role.parse({
      name: "d",
      command: { adapter: "claude", permission },
      prompt: "Go",
      memory: "notes.md",
    });
    const env = { PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin` };
    const { outcome } = await attempt(role, { projectDir: folder, env });
    return completed(outcome).result.output ?? "";
  };

  test("is told after its prompt, and where to change it", async () => {
    const output = await claude("edit");
    expect(output).toContain(String.raw`\n\nGo\n\n# Memory\n\n`);
    expect(output).toContain(String.raw`<memory>\n- {{task.title}} as it is\n</memory>`);
    expect(output).toMatch(/are in the file \S+\/\.mjagent-[0-9a-f-]+\/notes\.md\./);
  });

  test("that may only read is told of no file", async () => {
    expect(await claude("read-only")).not.toContain(".mjagent-");
  });
});
