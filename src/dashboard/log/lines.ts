import { manyLines } from "../../domain/visible-text.js";
import { ansiPieces, type Piece } from "./ansi.js";

/** A line as the coordinator sends it. `seq` counts the lines of its attempt from 1; a gap is a dropped line. */
export interface LogLine {
  seq: number;
  attempt: number;
  epoch: number;
  agent_id: string;
  stream: "stdout" | "stderr";
  text: string;
  /** What people are shown of it, when that is not the line itself. */
  shown?: string[];
  time: string;
}

/** A row of the log: of a line, or what separates attempts and tells of gaps. */
export interface LogRow {
  key: string;
  kind: "stdout" | "stderr" | "note";
  time: string;
  text: string;
}

/** The page holds so many rows: older ones are in `mjagent logs`. */
export const ROWS_KEPT = 5_000;

/** A log as it is shown, and the newest line of it. */
export interface ShownLog {
  rows: readonly LogRow[];
  last: LogLine | null;
}

/** A log with more lines at its end; those it has already, which come again after a break, change nothing. */
export function withLines({ rows, last }: ShownLog, lines: readonly LogLine[]): ShownLog {
  const more: LogRow[] = [];
  let before = last;
  for (const line of lines) {
    const { seq, epoch, stream, time, shown = [line.text] } = line;
    const key = `${epoch}.${seq}`;
    if (before && (before.epoch > epoch || (before.epoch === epoch && before.seq >= seq))) continue;
    if (before?.epoch !== epoch) more.push(note(`${key}a`, time, `attempt ${line.attempt}, ${line.agent_id}`));
    const missing = seq - (before?.epoch === epoch ? before.seq : 0) - 1;
    if (missing > 0)
      more.push(note(`${key}g`, time, missing === 1 ? "a line is missing" : `${missing} lines are missing`));
    shown.forEach((text, at) => more.push({ key: `${key}.${at}`, kind: stream, time, text }));
    before = line;
  }
  return { rows: [...rows, ...more].slice(-ROWS_KEPT), last: before };
}

const note = (key: string, time: string, text: string): LogRow => ({ key, kind: "note", time, text });

/** What a row looks like: coloured as for a terminal, the rest of what could rewrite the screen shown as text. */
export const piecesOf = ({ text }: LogRow): Piece[] =>
  ansiPieces(text).map((piece) => ({ ...piece, text: manyLines(piece.text) }));

/** The positions of the rows that contain a text; case-insensitive. */
export function found(rows: readonly LogRow[], text: string): number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  return rows.flatMap((row, at) => (row.text.toLowerCase().includes(wanted) ? [at] : []));
}
