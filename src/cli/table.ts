import { cut, oneLine, widthOf } from "./text.js";

/** A column of a list. */
export interface Column<T> {
  title: string;
  /** The cell's text; it is escaped here, so give it raw. */
  value: (row: T) => string;
  /** Colours a cell that is already escaped and cut. Not a chalk style itself: chalk prints each of its arguments. */
  style?: (text: string, row: T) => string;
  /** Cut first when the table is too wide. */
  flexible?: boolean;
  /** Numbers read better from the right. */
  align?: "right";
}

const GAP = 2;
const NARROWEST = 4;

/** For a program: one row a line, cells between tabs, nothing cut, no header. */
export function tabSeparated<T>(rows: readonly T[], columns: readonly Column<T>[]): string[] {
  return rows.map((row) => columns.map((column) => oneLine(column.value(row))).join("\t"));
}

/** For a person: a header and aligned columns, at most `width` wide. */
export function aligned<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  width: number,
  styleTitle: (title: string) => string,
): string[] {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.value(row))));
  const widths = columns.map((column, index) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? "")), widthOf(column.title)),
  );
  fit(widths, columns, width);

  const line = (texts: readonly string[], style: (text: string, index: number) => string): string =>
    texts
      .map((text, index) => {
        const shown = cut(text, widths[index] ?? 0);
        const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - widthOf(shown)));
        const styled = style(shown, index);
        if (columns[index]?.align === "right") return space + styled;
        return index === texts.length - 1 ? styled : styled + space;
      })
      .join(" ".repeat(GAP));

  const header = line(
    columns.map((column) => column.title),
    styleTitle,
  );
  return [
    header,
    ...rows.map((row, at) => line(cells[at] ?? [], (text, index) => columns[index]?.style?.(text, row) ?? text)),
  ];
}

/** Narrows the widest flexible column again and again, then the widest of all, until everything fits. */
function fit<T>(widths: number[], columns: readonly Column<T>[], width: number): void {
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP * (widths.length - 1) - width;
  const narrow = (indexes: readonly number[], least: number): void => {
    while (excess > 0) {
      const widest = Math.max(...indexes.map((index) => widths[index] ?? 0));
      if (widest <= least) return;
      const index = indexes.find((each) => widths[each] === widest) ?? 0;
      widths[index] = widest - 1;
      excess -= 1;
    }
  };
  const all = [...columns.keys()];
  const flexible = all.filter((index) => columns[index]?.flexible === true);
  if (flexible.length > 0) narrow(flexible, 3 * NARROWEST);
  narrow(all, NARROWEST);
}
