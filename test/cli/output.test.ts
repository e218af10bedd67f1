import { JetStreamApiError } from "@nats-io/jetstream";
import { describe, expect, test } from "vitest";
import { MjError } from "../../src/errors.js";
import { exitCodeOf, reportOf } from "../../src/cli/errors.js";
import { type ListView, Output, type OutputOptions } from "../../src/cli/output.js";
import { cut, manyLines, oneLine, widthOf, wrapped } from "../../src/cli/text.js";

interface Row {
  id: string;
  title: string;
}
const view: ListView<Row> = {
  id: (row) => row.id,
  empty: "no tasks",
  columns: (style) => [
    { title: "ID", value: (row) => row.id, style: (text) => style.bold(text) },
    { title: "TITLE", value: (row) => row.title, flexible: true },
    { title: "N", value: (row) => String(row.title.length), align: "right" },
  ],
};

function capture(options: Omit<OutputOptions, "stdout" | "stderr"> & { tty?: boolean; columns?: number } = {}) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    write: (text: string) => ((written[name] += text), true),
    isTTY: options.tty ?? false,
    ...(options.columns !== undefined && { columns: options.columns }),
  });
  const out = new Output({
    env: {},
    color: false,
    ...options,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
  });
  return { out, written };
}

const hostile = { id: "t1", title: "a\u001b[2Jb\nc\u009b31md\u202ee" };

describe("lists", () => {
  test("--json is one array, also when it is empty", () => {
    const { out, written } = capture({ json: true });
    out.list([], view);
    expect(JSON.parse(written.stdout)).toEqual([]);
    const full = capture({ json: true });
    full.out.list([hostile], view);
    expect(JSON.parse(full.written.stdout)).toEqual([hostile]);

    expect(full.written.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test("-q prints ids only, and no note", () => {
    const { out, written } = capture({ quiet: true });
    out.list(
      [
        { id: "a", title: "x" },
        { id: "b", title: "y" },
      ],
      view,
    );
    out.note("next: …");
    expect(written).toEqual({ stdout: "a\nb\n", stderr: "" });
  });

  test("a pipe gets tabs, everything, and no header", () => {
    const long = "x".repeat(200);
    const { out, written } = capture();
    out.list([{ id: "a", title: long }, hostile], view);
    expect(written.stdout).toBe(`a\t${long}\t200\nt1\ta\\x1b[2Jb\\nc\\x9b31md\\u202ee\t${hostile.title.length}\n`);
  });

  test("a terminal gets a table no wider than it is", () => {
    const { out, written } = capture({ tty: true, columns: 30 });
    out.list(
      [
        { id: "t1", title: "short" },
        { id: "t2", title: "设计关于页面 👩‍👩‍👧 and more words here" },
      ],
      view,
    );
    const lines = written.stdout.trimEnd().split("\n");
    expect(lines.map((line) => widthOf(line))).toEqual([30, 30, 30]);
    expect(lines[0]).toMatch(/^ID {2}TITLE +N$/);
    expect(lines[2]).toMatch(/^t2 {2}设计关于页面 👩‍👩‍👧 .*… {2}\d+$/u);
  });

  test("a terminal that does not tell its width counts as 80 columns", () => {
    const { out, written } = capture({ tty: true });
    out.list([{ id: "t1", title: "x".repeat(100) }], view);
    for (const line of written.stdout.trimEnd().split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });

  test("no rows: a note on stderr, nothing on stdout", () => {
    const { out, written } = capture();
    out.list([], view);
    expect(written).toEqual({ stdout: "", stderr: "no tasks\n" });
  });
});

test("one thing, and a stream of things", () => {
  const item = { id: (row: Row) => row.id, text: (row: Row) => `task ${row.title}` };
  const shown = (options: OutputOptions): string => {
    const { out, written } = capture(options);
    out.item({ id: "a", title: "x" }, item);
    out.event({ id: "b", title: "y" }, item);
    return written.stdout;
  };
  expect(shown({})).toBe("task x\ntask y\n");
  expect(shown({ quiet: true })).toBe("a\nb\n");
  expect(shown({ json: true })).toBe('{\n  "id": "a",\n  "title": "x"\n}\n{"id":"b","title":"y"}\n');
});

test("colours: flags, then NO_COLOR; none in a pipe", () => {
  const level = (options: OutputOptions) => capture(options).out.style.level;
  expect(level({ color: true, env: { NO_COLOR: "1" } })).toBeGreaterThan(0);
  expect(level({ color: false })).toBe(0);
  expect(level({ color: undefined, env: { NO_COLOR: "1" } })).toBe(0);
});

test("animation only on a terminal, not in CI, not with --json or -q", () => {
  const animated = (options: OutputOptions & { tty?: boolean }) => capture(options).out.animated;
  expect(animated({ tty: true })).toBe(true);
  expect(animated({ tty: false })).toBe(false);
  expect(animated({ tty: true, env: { CI: "true" } })).toBe(false);
  expect(animated({ tty: true, json: true })).toBe(false);
});

describe("text", () => {
  test("control characters are shown, not sent", () => {
    expect(oneLine("a\tb\r\n\u0007\u0000")).toBe("a\\tb\\r\\n\\x07\\x00");
    expect(manyLines("a\tb\r\nc\rd\u001b]0;x\u0007")).toBe("a\tb\nc\\rd\\x1b]0;x\\x07");
    expect(oneLine("\ud800 ü 👍")).toBe("\\ud800 ü 👍");
  });

  test.each([
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["设计", 4],
    ["한국", 4],
    ["👍", 2],
    ["👩‍👩‍👧", 2],
    ["❤️", 2],
    ["🇩🇪", 2],
    ["ｱ", 1],
    ["→…", 2],
  ])("%s is %i columns wide", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["设计关于", 5, "设计…"],
    ["设计关于", 4, "设…"],
    ["abc", 0, ""],
  ])("%s cut to %i is %s", (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
  });
});

describe("error reports", () => {
  const error = new MjError("unreachable", "cannot reach NATS", {
    why: "refused\u001b[2J",
    hint: "start one",
    retryable: true,
  });

  test("what, why, next", () => {
    expect(reportOf(error)).toBe("error: cannot reach NATS\n  why: refused\\x1b[2J\n  next: start one");
    expect(exitCodeOf(error)).toBe(5);
  });

  test("several problems, one a line", () => {
    expect(reportOf(new MjError("usage", "a.yaml:1:1: x\nb.yaml:2:2: y"))).toBe(
      "error: 2 problems\na.yaml:1:1: x\nb.yaml:2:2: y",
    );
  });

  test("--json is one document with what and why", () => {
    expect(JSON.parse(reportOf(error, { json: true }))).toEqual({
      error: {
        code: "unreachable",
        message: "cannot reach NATS: refused\u001b[2J",
        hint: "start one",
        retryable: true,
      },
    });
  });

  test.each([
    ["no answer", Object.assign(new Error("timeout"), { name: "TimeoutError" }), 5],
    [
      "an answer that it cannot answer for now",
      new JetStreamApiError({ code: 503, err_code: 10023, description: "d" }),
      5,
    ],
    ["any other answer", new JetStreamApiError({ code: 400, err_code: 10025, description: "d" }), 1],
  ])("what a server says while a cluster is starting: %s", (_, thrown, exitCode) => {
    expect(exitCodeOf(thrown)).toBe(exitCode);
    expect(reportOf(thrown).includes("too few servers may be up")).toBe(exitCode === 5);
  });

  test("a stack only with --debug, with those of the causes", () => {
    const bug = new Error("oops", { cause: new Error("deep") });
    expect(reportOf(bug)).not.toContain("output.test");
    expect(reportOf(bug)).toContain("--debug");
    expect(reportOf(bug, { debug: true })).toMatch(/output\.test[\s\S]*caused by: Error: deep/);
    expect(exitCodeOf(bug)).toBe(1);
  });
});

test.each([
  ["", [""]],
  ["one two three", ["one two", "three"]],
  ["设计 关于 x", ["设计 关于", "x"]],
  ["a averylongword b", ["a", "averylongword", "b"]],
])("wrapped to 9 columns: %j", (text, lines) => {
  expect(wrapped(text, 9)).toEqual(lines);
});
