import { describe, expect, test } from "vitest";
import { checkArgv, renderArgv } from "../../src/executors/argv.js";

const values = {
  task: { title: "-rf /", nul: "a\0b", braces: "{{task.nul}}", spaces: 'a "b" $(c); d', empty: null },
  blockers: [{ result: { summary: "use serif" } }],
};

describe("renderArgv", () => {
  test.each<[string, string[], string[]]>([
    ["a value is one argument, whatever is in it", ["p", "{{task.spaces}}"], ['a "b" $(c); d']],
    ["a value is no template", ["p", "{{task.braces}}"], ["{{task.nul}}"]],
    ["a missing value leaves an empty argument, not none", ["p", "{{task.empty}}", "x"], ["", "x"]],
    ["NUL bytes cannot be passed on", ["p", "{{task.nul}}"], ["a\uFFFDb"]],
    ["a dash after the option's name is a value", ["p", "--title={{task.title}}"], ["--title=-rf /"]],
    ["a dash after -- is a value", ["p", "-v", "--", "{{task.title}}"], ["-v", "--", "-rf /"]],
    ["a dash in the middle is harmless", ["p", "title {{task.title}}"], ["title -rf /"]],
    ["the role's own options stay", ["p", "-rf", "--force"], ["-rf", "--force"]],
    ["results of blockers", ["p", "{{blockers.0.result.summary}}"], ["use serif"]],
  ])("%s", (_, run, args) => {
    expect(renderArgv(run, values)).toEqual({ file: "p", args });
  });

  test.each<[string, string[]]>([
    ["a value that would be an option", ["p", "{{task.title}}"]],
    ["-- comes too late", ["p", "{{task.title}}", "--"]],
    ["an empty value before it does not help", ["p", "{{task.empty}}{{task.title}}"]],
  ])("refused: %s", (_, run) => {
    expect(renderArgv(run, values)).toEqual({ refused: expect.stringMatching(/"-rf \/".*--.*stdin/) as string });
  });
});

describe("checkArgv", () => {
  test.each<[string, string[], RegExp]>([
    ["the program is a template", ["{{task.type}}", "x"], /template/],
    ["no program", [""], /no program/],
    ["a value names the option", ["p", "--{{task.type}}"], /name the option/],
    ["a value names the short option", ["p", "-{{task.type}}=1"], /name the option/],
    ["a value completes the option's name", ["p", "--no-{{task.type}}"], /name the option/],
    ["a value in a shell's text", ["sh", "-c", "echo {{task.title}}"], /program text/],
    [
      "a value in a shell's text, not in front",
      ["env", "A=1", "/bin/bash", "-lc", "echo {{task.title}}"],
      /program text/,
    ],
    ["a value in a script's text", ["node", "-e", "console.log('{{task.title}}')"], /program text/],
    ["a value in python's text", ["python3", "-c", "print('{{task.title}}')"], /program text/],
  ])("refused: %s", (_, run, message) => {
    expect(() => checkArgv(run)).toThrow(message);
  });

  test.each<[string, string[]]>([
    ["options with a value", ["p", "--title={{task.title}}", "-m{{task.title}}"]],
    ["anything after --", ["p", "--", "--{{task.type}}"]],
    ["arguments of a shell's text", ["sh", "-c", 'echo "$1"', "sh", "{{task.title}}"]],
    ["-c of a program that runs nothing", ["git", "-c", "user.name={{task.title}}", "log"]],
  ])("accepted: %s", (_, run) => {
    expect(() => checkArgv(run)).not.toThrow();
  });
});
