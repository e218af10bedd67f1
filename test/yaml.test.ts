import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Role } from "../src/domain/role.js";
import { StrictNewTask } from "../src/domain/task.js";
import { MjError } from "../src/errors.js";
import { readList, readYaml } from "../src/yaml.js";

function problems(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(MjError);
    expect(error).toMatchObject({ code: "usage" });
    return (error as MjError).message.split("\n");
  }
  throw new Error("no problem was found");
}

const role = (text: string): string[] => problems(() => readYaml(text, "agents/x.yaml", Role));
const valid = "name: x\ncommand: { adapter: claude }\nprompt: go\n";

test("a valid role is read, durations as ms", () => {
  const read = readYaml(`${valid}timeout: 30m\n`, "agents/x.yaml", Role);
  expect(read).toMatchObject({ name: "x", timeout: 1_800_000, command: { adapter: "claude", permission: "edit" } });
});

test("all problems of a role at once, in the order of the file", () => {
  const text = [
    "name: Debbie",
    "descripton: x",
    "match:",
    "  type: [design]",
    "  phases: design",
    "command:",
    "  adapter: cluade",
    "concurrency: two",
    "retry: { max_attempts: 0, backof: 3s }",
    "handoff:",
    "  - titel: x",
    "    priority: hgih",
    "watch: [completd]",
    "env:",
    "  set: { A: 1 }",
  ];
  expect(role(text.join("\n"))).toEqual([
    "agents/x.yaml:1:7: a role name is 1 to 64 of a-z, 0-9 and -",
    'agents/x.yaml:2:1: unknown key "descripton": did you mean "description"?',
    'agents/x.yaml:4:3: unknown key "type": did you mean "types"?',
    'agents/x.yaml:5:11: match.phases must be a list, found the text "design"',
    'agents/x.yaml:7:12: unknown adapter "cluade": did you mean "claude"?',
    'agents/x.yaml:8:14: concurrency must be a number, found the text "two"',
    "agents/x.yaml:9:24: retry.max_attempts must be at least 1, found the number 0",
    'agents/x.yaml:9:27: unknown key "backof": did you mean "backoff"?',
    "agents/x.yaml:11:5: handoff[0].title is missing",
    'agents/x.yaml:11:5: unknown key "titel": did you mean "title"?',
    'agents/x.yaml:12:15: unknown priority "hgih": did you mean "high"?',
    'agents/x.yaml:13:9: unknown watch "completd": did you mean "completed"?',
    "agents/x.yaml:15:13: env.set.A must be text, found the number 1",
  ]);
});

test.each([
  ["a missing field, at its parent", "name: x\n", ["1:1: command is missing"]],
  ["a missing discriminator", "name: x\ncommand:\n  model: opus\n", ["2:1: command.adapter is missing: expected "]],
  [
    "a mapping that is text",
    "name: x\ncommand: claude\n",
    ["2:10: command must be a mapping of keys to values, found the text"],
  ],
  [
    "an adapter that is a number",
    "name: x\ncommand: { adapter: 5 }\n",
    ["2:21: command.adapter must be text, found the number 5"],
  ],
  ["nothing", `${valid}cwd:\n`, ["4:5: cwd must be text, found nothing"]],
  ["a rule over several fields", "name: x\ncommand: { adapter: claude }\n", ["1:1: adapter claude needs a prompt"]],
  ["a list instead of a role", "- x\n", ["1:1: this must be a mapping of keys to values, found a list"]],
  ["an empty file", "# nothing\n", ["1:1: the file is empty"]],
  ["a duplicate key", `${valid}name: y\n`, ["4:1: this key is there twice"]],
  ["a quote that is not closed", 'name: "x\n', ["2:1: Missing closing"]],
  ["a tab", "match:\n\ttypes: []\n", ["2:1: a tab cannot indent YAML"]],
  ["an unknown alias", "name: *x\n", ["1:7: Unresolved alias"]],
  ["an unknown tag", "name: !foo x\n", ["1:7: Unresolved tag"]],
  ["a second document", `${valid}---\nname: y\n`, ["4:1: a second document starts here"]],
])("%s", (_, text, expected) => {
  const found = role(text);
  for (const [index, start] of expected.entries()) expect(found[index]).toContain(`agents/x.yaml:${start}`);
});

test("a value that came through an alias is reported where it is written", () => {
  const found = role(`${valid}match: { types: &t [1] }\nenv: { allow: *t }\n`);
  expect(found).toContain("agents/x.yaml:4:21: match.types[0] must be text, found the number 1");
  expect(found).toContain("agents/x.yaml:4:21: env.allow[0] must be text, found the number 1");
});

test("an alias bomb is a problem, not the end of the memory", () => {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [from, to] of ["ab", "bc", "cd", "de", "ef"].map((pair) => [pair.charAt(0), pair.charAt(1)])) {
    lines.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`);
  }
  expect(problems(() => readYaml(lines.join("\n"), "x.yaml", z.unknown()))[0]).toContain("alias");
});

describe("task batches", () => {
  const batch = (text: string, file: string): string[] => problems(() => readList(text, file, StrictNewTask));

  test("a YAML list", () => {
    expect(
      readList("- title: a\n  task_id: 5\n- { title: b, priority: medium }\n", "tasks.yaml", StrictNewTask),
    ).toMatchObject([
      { title: "a", task_id: "5" },
      { title: "b", priority: "normal" },
    ]);
    expect(batch("- title: a\n- titel: b\n- title: c\n  task_id: a b\n  tags: {}\n- foo\n", "tasks.yaml")).toEqual([
      "tasks.yaml:2:3: title is missing",
      'tasks.yaml:2:3: unknown key "titel": did you mean "title"?',
      "tasks.yaml:4:12: a task id is 1 to 128 letters, digits, _ or -",
      "tasks.yaml:5:9: tags must be a list, found a mapping of keys to values",
      'tasks.yaml:6:3: this must be a mapping of keys to values, found the text "foo"',
    ]);
    expect(batch("title: a\n", "tasks.yaml")).toEqual([
      "tasks.yaml:1:1: this must be a list, found a mapping of keys to values",
    ]);
  });

  test("JSON Lines, by the name or, from stdin, by the look", () => {
    const text = '{"title":"a"}\n\n{"titel":"b"}\r\n{"title":"c", "priority": "lwo"}\n{bad\n';
    expect(batch(text, "tasks.jsonl")).toEqual([
      "tasks.jsonl:3:1: title is missing",
      'tasks.jsonl:3:2: unknown key "titel": did you mean "title"?',
      'tasks.jsonl:4:27: unknown priority "lwo": did you mean "low"?',
      "tasks.jsonl:5:2: this line is not JSON",
    ]);
    expect(readList('{"title":"a"}\n{"title":"b"}\n', "-", StrictNewTask)).toHaveLength(2);
    expect(readList('[{"title":"a"}]\n', "-", StrictNewTask)).toHaveLength(1);
    expect(readList("- title: a\n", "-", StrictNewTask)).toHaveLength(1);
  });
});
