import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { CommandContext } from "../../src/cli/context.js";
import { type PublishInput, readPublishInput } from "../../src/cli/publish-input.js";
import { isTaskId, NewTask } from "../../src/domain/task.js";
import { MjError } from "../../src/errors.js";
import { publishTasks } from "../../src/operations/publish.js";
import { listTasks } from "../../src/operations/tasks.js";
import { type CommandLine, startCommandLine } from "../cli/command-line.js";
import { cases, depth, nested, notJson, oddText, oddValue, SEED, spoiled } from "./arbitraries.js";
import { expectPlaces } from "./places.js";
import { caseNo } from "./stand.js";
import { broken, HUGE } from "./yaml-arbitraries.js";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "mjagent-publish-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = (options: Record<string, unknown>): Promise<PublishInput> =>
  readPublishInput({ options, out: { note: () => undefined } as unknown as CommandContext["out"] });

/** The tasks, each of which can be published; or the error. */
async function tasksOf(options: Record<string, unknown>): Promise<NewTask[] | MjError> {
  try {
    const { tasks } = await read(options);
    expect(tasks.length).toBeGreaterThan(0);
    for (const task of tasks)
      expect(NewTask.safeParse(JSON.parse(JSON.stringify(task)))).toMatchObject({ success: true });
    return tasks;
  } catch (error) {
    expect(error).toBeInstanceOf(MjError);
    expect((error as MjError).message).not.toMatch(/call stack/);
    return error as MjError;
  }
}

const good = {
  ...{ task_id: "a", title: "T", description: "d", type: "design", tags: ["t"], files: ["f"], priority: "high" },
  ...{
    blocked_by: ["b"],
    not_before: "10m",
    timeout: "30m",
    max_attempts: 2,
    payload: { a: [1] },
    require_approval: true,
  },
};

test("--from a YAML or JSON file: tasks, or file, line and column", async () => {
  const content = fc.oneof(
    { weight: 3, arbitrary: broken([good]) },
    { weight: 2, arbitrary: spoiled(good).map((task) => Buffer.from(stringify([task, good]))) },
    { weight: 1, arbitrary: notJson(fc.constant([good])) },
    { weight: 1, arbitrary: depth.map((text) => Buffer.from(`[{"title":"T","payload":${text}}]`)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...HUGE.filter((text) => text.length < 50_000)).map((text) => Buffer.from(text)),
    },
  );
  const property = fc.asyncProperty(
    content,
    fc.constantFrom("tasks.yaml", "tasks.json", "tasks"),
    async (bytes, name) => {
      const from = join(folder, name);
      await writeFile(from, bytes);
      const found = await tasksOf({ from });
      if (found instanceof MjError && !/ holds no tasks$/.test(found.message)) expectPlaces(found, from);
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 150 });
});

test("--from JSON Lines: a bad line is told by its number, among good ones", async () => {
  const bad = fc.oneof(
    notJson(fc.constant(good)).map((bytes) => bytes.toString().replace(/[\r\n]/g, " ")),
    spoiled({ title: "T", type: "x", tags: [] })
      .filter((task) => !NewTask.safeParse(task).success)
      .map((task) => JSON.stringify(task)),
    oddValue.filter((value) => typeof value !== "object" || value === null).map((value) => JSON.stringify(value)),
    oddText.map((key) => JSON.stringify({ title: "T", [`x${key}`]: 1 })),
    depth.map((text) => `{"title":"T","payload":${text}}`),
    depth.map((text) => `{"title":${text}}`),
  );
  const blank = (line: string): boolean => line.trim() === "";
  const property = fc.asyncProperty(
    bad.filter((line) => !blank(line)),
    fc.nat(6),
    async (line, at) => {
      const from = join(folder, "tasks.jsonl");
      const lines = Array.from({ length: 6 }, (_, n) => JSON.stringify({ ...good, task_id: `a${n}` })).toSpliced(
        at,
        0,
        line,
      );
      await writeFile(from, lines.join("\n"));
      const found = await tasksOf({ from });
      expectPlaces(found, from);
      for (const problem of found.message.split("\n"))
        expect(problem.slice(from.length)).toMatch(new RegExp(`^:${at + 1}:`));
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 80 });
});

test("--payload as text or as a file: JSON that a task may have, or what is wrong with it", async () => {
  const text = fc.oneof(
    oddValue.map((value) => JSON.stringify(value)),
    oddText,
    notJson(fc.constant(good)).map((bytes) => bytes.toString()),
    depth,
    fc.constantFrom("1e999", nested(200), '{"__proto__":1}', "\ufeff{}"),
  );
  const property = fc.asyncProperty(text, fc.boolean(), async (payload, inFile) => {
    const file = join(folder, "payload.json");
    if (inFile) await writeFile(file, payload);
    else if (payload === "-" || payload.startsWith("@")) return;
    const found = await tasksOf({ title: "T", payload: inFile ? `@${file}` : payload });
    if (!(found instanceof MjError)) return;
    expect(found.code).toBe("usage");
    expect(found.message.startsWith(inFile ? file : "--payload")).toBe(true);
    expect(found.message).toMatch(/: the payload (is not JSON|cannot be kept)$/);
    expect(found.why).toMatch(/kept$/.test(found.message) ? /^(nested deeper than|a number in it)/ : /\S{2}/);
  });
  await fc.assert(property, { seed: SEED, numRuns: 150 });
});

test("flags of one task: a task, or each flag in trouble by its name", async () => {
  const texts = fc.array(oddText, { maxLength: 3 });
  const flags = fc.record(
    {
      ...{ id: oddText, type: oddText, phase: oddText, description: oddText.filter((text) => text !== "-") },
      ...{ priority: oddText, tag: texts, fileGlob: texts, blockedBy: texts, notBefore: oddText, timeout: oddText },
      ...{ maxAttempts: fc.oneof(oddText, fc.constantFrom("0", "1e3", "1001", "2")), idempotencyKey: oddText },
    },
    { requiredKeys: [] },
  );
  const property = fc.asyncProperty(fc.option(oddText, { nil: undefined }), flags, async (title, given) => {
    const found = await tasksOf({ ...given, ...(title !== undefined && { title }) });
    if (!(found instanceof MjError)) {
      expect(found[0]?.task_id ?? "x").toSatisfy(isTaskId);
      return;
    }
    expect(found.code).toBe("usage");
    for (const line of found.message.split("\n")) expect(line).toMatch(/^--[a-z-]+: \S|^publish needs --title/);
  });
  await fc.assert(property, { seed: SEED, numRuns: 150 });
});

describe("the program", () => {
  let cli: CommandLine;
  beforeAll(async () => (cli = await startCommandLine()));
  afterAll(() => cli[Symbol.asyncDispose]());

  test("batches that were read are published whole, or not at all with a clear error", async () => {
    const batch = fc.array(
      spoiled({ task_id: "x", title: "T", type: "a", blocked_by: ["x"], payload: 1, description: "d" }),
      { minLength: 1, maxLength: 3 },
    );
    for (const [index, tasks] of cases(batch, 60).entries()) {
      const from = join(folder, "batch.json");
      await writeFile(from, JSON.stringify(tasks));
      const found = await tasksOf({ from });
      if (found instanceof MjError) continue;
      const before = await listTasks(cli.session);
      const published = await publishTasks(cli.session, found).catch((error: unknown) => error);
      const after = await listTasks(cli.session);
      if (published instanceof Error) {
        expect(published, caseNo(index, tasks)).toMatchObject({
          name: "MjError",
          code: expect.stringMatching(/usage|not_found|conflict/) as string,
        });
        expect(after, caseNo(index, tasks)).toHaveLength(before.length);
      } else
        expect(after.length - before.length, caseNo(index, tasks)).toBe(
          (published as { created: boolean }[]).filter((p) => p.created).length,
        );
    }
  });

  test.each<[string, Buffer | string, RegExp]>([
    ["bytes of no text", Buffer.from([0xff, 0xfe, 0, 0x80, 0x0a, 0xc3]), /stdin:1:1: this must be a list/],
    [
      "a deep payload of JSON Lines",
      `{"title":"T","payload":${nested(10_000)}}\n`,
      /stdin:1:1: nested deeper than 200 levels/,
    ],
    ["a key with an escape sequence", '- { title: T, "\\e[2J\\n": 1 }', /stdin:1:\d+: unknown key "\\u001b\[2J\\n"/],
  ])("%s on stdin: exit 2, where and what, and no trace of a stack", async (_, input, says) => {
    const run = await cli.mjagent(["publish", "--from", "-"], { input: input as string });
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toMatch(says);
    expect(run.stderr).not.toMatch(/\n {4}at |RangeError|TypeError/);
  });
});
