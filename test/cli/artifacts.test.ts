import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Artifact } from "../../src/domain/artifact.js";
import { keepFile } from "../../src/nats/artifact-files.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
const page = Buffer.from([0, 255, 10, 13, 27]);
beforeAll(async () => {
  cli = await startCommandLine();
  for (const task_id of ["t", "none", "evil"]) await cli.publish({ task_id, title: task_id });
  const keep = (task_id: string, attempt: number, name: string, data: Buffer) =>
    keepFile(cli.session, { task_id, attempt, epoch: attempt, agent_id: "Debbie" }, name, data);
  await keep("t", 1, "dist/page.html", Buffer.from("the first try"));
  await keep("t", 2, "dist/page.html", page);
  await keep("t", 2, "notes.md", Buffer.from("# notes\n"));
  await keep("evil", 1, "../evil.txt", Buffer.from("out"));
  await keep("evil", 1, "sub/evil.txt", Buffer.from("out"));
});
afterAll(() => cli[Symbol.asyncDispose]());

const read = (...path: string[]): Promise<Buffer> => readFile(join(cli.folder, ...path));

test("lists them: for people, as JSON, by name", async () => {
  const run = await cli.mjagent(["artifacts", "t"]);
  expect(run.stdout.split("\n").map((line) => line.split("\t").slice(0, 4))).toEqual([
    ["dist/page.html", "13 B", "text/html", "1"],
    ["dist/page.html", "5 B", "text/html", "2"],
    ["notes.md", "8 B", "text/markdown", "2"],
  ]);
  const json = JSON.parse((await cli.mjagent(["artifacts", "t", "--json"])).stdout) as Artifact[];
  expect(json[2]).toMatchObject({ name: "notes.md", size: 8, media_type: "text/markdown", attempt: 2 });
  expect(json[2]!.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect((await cli.mjagent(["artifacts", "t", "-q"])).stdout).toBe("dist/page.html\ndist/page.html\nnotes.md");
});

test("gets all of them, the last attempt's, into a folder; never over what is there, unless told to", async () => {
  const run = await cli.mjagent(["artifacts", "t", "--get", "--into", "out", "-q"]);
  expect(run).toMatchObject({
    exitCode: 0,
    stdout: `${join(cli.folder, "out/dist/page.html")}\n${join(cli.folder, "out/notes.md")}`,
  });
  expect(await read("out/dist/page.html")).toEqual(page);
  await writeFile(join(cli.folder, "out/notes.md"), "mine");
  const again = await cli.mjagent(["artifacts", "t", "--get", "--into", "out"]);
  expect(again).toMatchObject({ exitCode: 6, stdout: "" });
  expect(again.stderr).toMatch(/already there: .*page.html, .*notes.md\n.*--force/);
  expect((await read("out/notes.md")).toString()).toBe("mine");
  expect((await cli.mjagent(["artifacts", "t", "--get", "notes.md", "--into", "out", "--force"])).exitCode).toBe(0);
  expect((await read("out/notes.md")).toString()).toBe("# notes\n");
  const json = await cli.mjagent(["artifacts", "t", "--get", "notes.md", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject([{ name: "notes.md", path: join(cli.folder, "notes.md") }]);
});

test("one to stdout, byte by byte", async () => {
  const run = await cli.mjagentBytes(["artifacts", "t", "--get", "dist/page.html", "--into", "-"]);
  expect(Buffer.from(run)).toEqual(page);
});

test("nothing is written out of the folder, by name or by symbolic link", async () => {
  const named = await cli.mjagent(["artifacts", "evil", "--get", "../evil.txt", "--into", "in"]);
  expect(named).toMatchObject({ exitCode: 1, stdout: "" });
  await mkdir(join(cli.folder, "elsewhere"));
  await mkdir(join(cli.folder, "linked"));
  await symlink("../elsewhere", join(cli.folder, "linked/sub"));
  const linked = await cli.mjagent(["artifacts", "evil", "--get", "sub/evil.txt", "--into", "linked", "--force"]);
  expect(linked).toMatchObject({ exitCode: 1, stdout: "" });
  expect(linked.stderr).toMatch(/symbolic link/);
  await expect(read("elsewhere/evil.txt")).rejects.toThrow("ENOENT");
  await expect(read("evil.txt")).rejects.toThrow("ENOENT");
});

test.each<[string, string[], number, RegExp]>([
  ["no such task", ["nope"], 3, /there is no task nope/],
  ["no such file", ["t", "--get", "nope.txt"], 3, /no artifact nope.txt\n.*mjagent artifacts t lists/],
  ["stdout for two", ["t", "--get", "notes.md", "dist/page.html", "--into", "-"], 2, /name one/],
  ["stdout for none", ["t", "--get", "--into", "-"], 2, /name one/],
  ["a folder for a list", ["t", "--into", "out"], 2, /--get/],
  ["nothing there", ["none"], 0, /task none has no artifacts/],
])("%s", async (_, args, exitCode, stderr) => {
  const run = await cli.mjagent(["artifacts", ...args]);
  expect([run.exitCode, run.stdout]).toEqual([exitCode, ""]);
  expect(run.stderr).toMatch(stderr);
});
