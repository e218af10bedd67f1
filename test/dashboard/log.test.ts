import { expect, it } from "vitest";
import { ansiPieces } from "../../src/dashboard/log/ansi.js";
import { found, type LogLine, type LogRow, piecesOf, ROWS_KEPT, withLines } from "../../src/dashboard/log/lines.js";

const ESC = "\u001b";
const piece = (text: string, classes = "", colour: string | null = null) => ({ text, classes, colour });

it.each([
  ["", []],
  ["plain", [piece("plain")]],
  [`${ESC}[31mred${ESC}[0m not`, [piece("red", "ansi-1"), piece(" not")]],
  [`${ESC}[1;92mbold${ESC}[22m green`, [piece("bold", "ansi-bold ansi-10"), piece(" green", "ansi-10")]],
  [`${ESC}[mreset`, [piece("reset")]],
  [`${ESC}[38;5;9mnine`, [piece("nine", "ansi-9")]],
  [`${ESC}[38;5;196mcube`, [piece("cube", "", "rgb(255 0 0)")]],
  [`${ESC}[38;5;244mgrey`, [piece("grey", "", "rgb(128 128 128)")]],
  [`${ESC}[38;2;1;2;999mtrue`, [piece("true", "", "rgb(1 2 255)")]],
  [`${ESC}[48;5;196mbackground${ESC}[4m`, [piece("background")]],
  [`${ESC}[2J${ESC}[1;1Hgone`, [piece("gone")]],
  [`${ESC}]8;;https://example.org${ESC}\\link${ESC}]8;;\u0007`, [piece("link")]],
  [`${ESC}[39;3mi${ESC}[23m`, [piece("i", "ansi-italic")]],
])("shows %j", (line, pieces) => {
  expect(ansiPieces(line)).toEqual(pieces);
});

const line = (epoch: number, seq: number, text = `line ${seq}`): LogLine => ({
  ...{ seq, epoch, attempt: epoch, agent_id: "Debbie", stream: "stdout", text, time: "2030-01-01T00:00:00Z" },
});
const EMPTY = { rows: [], last: null };
const rowsOf = (lines: LogLine[]): readonly LogRow[] => withLines(EMPTY, lines).rows;
const texts = (rows: readonly LogRow[]): string[] => rows.map(({ text }) => text);

it("says where an attempt begins, and where lines are missing", () => {
  const rows = rowsOf([line(1, 1), line(1, 4), line(2, 2)]);
  expect(texts(rows)).toEqual([
    "attempt 1, Debbie",
    "line 1",
    "2 lines are missing",
    "line 4",
    "attempt 2, Debbie",
    "a line is missing",
    "line 2",
  ]);
});

it("takes lines that come again once, also those of an earlier attempt", () => {
  const lines = [line(1, 1), line(2, 1), line(2, 2)];
  const log = withLines(EMPTY, lines);
  expect(log.last).toEqual(line(2, 2));
  // In several frames: what was shown stays the newest, though older ones came after it.
  const again = lines.reduce((shown, one) => withLines(shown, [one]), log);
  expect(again).toEqual(log);
  expect(texts(withLines(again, [line(2, 3)]).rows)).toEqual([...texts(log.rows), "line 3"]);
});

it("shows what is meant for people, and keeps no more than fits", () => {
  expect(texts(rowsOf([{ ...line(1, 1, '{"a":1}'), shown: ["a", "is 1"] }])).slice(1)).toEqual(["a", "is 1"]);
  const many = Array.from({ length: ROWS_KEPT + 10 }, (_, at) => line(1, at + 1));
  const rows = rowsOf(many);
  expect(rows).toHaveLength(ROWS_KEPT);
  expect(rows.at(-1)?.text).toBe(`line ${ROWS_KEPT + 10}`);
});

it("what could pass for other text is escaped", () => {
  const [row] = rowsOf([line(1, 1, "a\u202eb\u0007")]).slice(1);
  expect(row && piecesOf(row)).toEqual([piece("a\\u202eb\\x07")]);
});

it("finds text, whatever its case", () => {
  const rows = rowsOf([line(1, 1, "One"), line(1, 2, "two"), line(1, 3, "bone")]);
  expect(found(rows, " ONE ")).toEqual([1, 3]);
  expect(found(rows, "  ")).toEqual([]);
});
