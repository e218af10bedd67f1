import { describe, expect, test } from "vitest";
import { OUTPUT_LIMITS, OutputLines, type OutputLimits } from "../../src/executors/lines.js";

function collect(chunks: (string | Buffer)[], limits: Partial<OutputLimits> = {}) {
  const log: string[] = [];
  const lines = new OutputLines((stream, line) => log.push(`${stream}: ${line}`), { ...OUTPUT_LIMITS, ...limits });
  for (const chunk of chunks) lines.write("stdout", Buffer.from(chunk));
  lines.end();
  return { log: log.map((line) => line.replace(/^stdout: /, "")), lines };
}

describe("OutputLines", () => {
  const euro = Buffer.from("€");
  test.each<[string, (string | Buffer)[], string[]]>([
    ["lines across chunks", ["a\nb", "c\n\nd"], ["a", "bc", "", "d"]],
    ["CR LF, also across chunks", ["a\r\nb\r", "\nc\r\n"], ["a", "b", "c"]],
    ["a character across chunks", [euro.subarray(0, 1), euro.subarray(1), "\n"], ["€"]],
    ["what is not UTF-8", [Buffer.from([0x61, 0xff, 0x62, 0x0a, 0xc3])], ["a\uFFFDb", "\uFFFD"]],
    ["no NUL", ["a\0b\n\0\n"], ["ab", ""]],
    ["nothing", [], []],
  ])("%s", (_, chunks, expected) => {
    expect(collect(chunks).log).toEqual(expected);
  });

  test("a long line is cut, with a mark that says how much is missing", () => {
    const { log } = collect(["abcde", "fgh", "ij\nshort\n"], { lineLength: 6 });
    expect(log).toEqual(["abcdef… [4 more characters]", "short"]);
  });

  test.each<[string, Partial<OutputLimits>, string[]]>([
    ["lines", { lines: 2 }, ["1", "2", "stderr: … 3 lines dropped (output limit 2 lines)"]],
    ["bytes", { bytes: 6 }, ["1", "2", "3", "stderr: … 2 lines dropped (output limit 0 MiB)"]],
  ])("over the limit of %s they are dropped and counted", (_, limits, expected) => {
    const { log, lines } = collect(["1\n2\n3\n4\n5"], limits);
    expect(log).toEqual(expected);
    expect(lines.dropped).toBe(expected.length === 3 ? 3 : 2);
    expect(lines.lastLine("stdout")).toBe("5");
  });

  test("both streams share the limit", () => {
    const log: string[] = [];
    const lines = new OutputLines((stream, line) => log.push(`${stream} ${line}`), { ...OUTPUT_LIMITS, lines: 2 });
    lines.write("stdout", Buffer.from("a\nb\nc\n"));
    lines.write("stderr", Buffer.from("d\n"));
    lines.end();
    expect(log).toEqual(["stdout a", "stdout b", "stderr … 2 lines dropped (output limit 2 lines)"]);
    expect(lines.lastLine("stderr")).toBe("d");
  });

  test.each<[string, string[], string | null]>([
    ["starts with a whole line", ["0123456789\nabc\n", "def\n"], "abc\ndef\n"],
    ["is cut inside a line when there is only one", ["0123456789ab", "cdef"], "6789abcdef"],
    ["never in the middle of a character", ["€€€€"], "€€€"],
    ["is null when nothing was printed", [], null],
  ])("the tail %s", (_, chunks, expected) => {
    expect(collect(chunks, { tailBytes: 10 }).lines.tail("stdout")).toBe(expected);
  });

  test.each<[string, string, string | null]>([
    ["is not blank", "a\nb\n \n\n", "b"],
    ["is what a progress bar shows last", "10%\r50%\r100%\n", "100%"],
    ["is null when all are blank", "\n \n", null],
  ])("the last line %s", (_, text, expected) => {
    expect(collect([text]).lines.lastLine("stdout")).toBe(expected);
  });
});
