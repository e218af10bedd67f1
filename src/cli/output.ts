import type { WriteStream } from "node:tty";
import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from "chalk";
import { aligned, type Column, tabSeparated } from "./table.js";
import { manyLines, safeJson } from "./text.js";

export type { Column } from "./table.js";

export interface OutputOptions {
  /** stdout is JSON. */
  json?: boolean;
  /** stdout is ids, and there are no notes. */
  quiet?: boolean;
  /** From `--color` and `--no-color`; undefined: as the environment says. */
  color?: boolean | undefined;
  stdout?: Writable;
  stderr?: Writable;
  env?: Readonly<Record<string, string | undefined>>;
}

type Writable = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<WriteStream, "isTTY" | "columns">>;

/** How one thing is shown to people and to `-q`. */
export interface ItemView<T> {
  /** What `-q` prints; undefined: nothing. */
  id?: (value: T) => string;
  /** Lines for people. Escape what comes from tasks and agents with `oneLine` or `manyLines`. */
  text: (value: T, style: ChalkInstance) => string;
}

export interface ListView<T> {
  id: (row: T) => string;
  columns: (style: ChalkInstance) => Column<T>[];
  /** A note for people when there are no rows. */
  empty: string;
}

const DEFAULT_WIDTH = 80;

/** Where a command writes: data on stdout in the form that was asked for, messages on stderr. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** True when stdout is a terminal. */
  readonly isTTY: boolean;
  /** True when progress may be animated on stderr. */
  readonly animated: boolean;
  /** Colours for stdout. */
  readonly style: ChalkInstance;
  /** Colours for stderr. */
  readonly noteStyle: ChalkInstance;
  readonly #stdout: Writable;
  readonly #stderr: Writable;

  constructor(options: OutputOptions = {}) {
    const { stdout = process.stdout, stderr = process.stderr, env = process.env, color } = options;
    this.json = options.json ?? false;
    this.quiet = options.quiet ?? false;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.isTTY = stdout.isTTY === true;
    this.animated = stderr.isTTY === true && !isSet(env["CI"]) && env["TERM"] !== "dumb" && !this.json && !this.quiet;
    this.style = new Chalk({ level: colorLevel(color, env, supportsColor) });
    this.noteStyle = new Chalk({ level: colorLevel(color, env, supportsColorStderr) });
  }

  /** The width to lay text out in: the terminal's. */
  get width(): number {
    return this.#stdout.columns ?? DEFAULT_WIDTH;
  }

  /** The one thing a command answers. With `--json` it is the one document. */
  item<T>(value: T, view: ItemView<T>): void {
    if (this.json) this.#print(safeJson(value, 2));
    else if (this.quiet) this.#printId(value, view);
    else this.#print(view.text(value, this.style));
  }

  /** The list a command answers: an array, ids, a table on a terminal, tab-separated lines in a pipe. */
  list<T>(rows: readonly T[], view: ListView<T>): void {
    if (this.json) this.#print(safeJson(rows, 2));
    else if (this.quiet) for (const row of rows) this.#print(view.id(row));
    else if (rows.length === 0) this.note(view.empty);
    else this.#print(this.#table(rows, view.columns(this.style)).join("\n"));
  }

  /** One of the many things of a command that goes on (`run`, `--watch`, `-f`): with `--json` one JSON a line. */
  event<T>(value: T, view: ItemView<T>): void {
    if (this.json) this.#print(safeJson(value));
    else if (this.quiet) this.#printId(value, view);
    else this.#print(view.text(value, this.style));
  }

  /** Text of somebody else's making, such as a log line, escaped. Not for `--json`. */
  raw(text: string): void {
    this.#print(manyLines(text));
  }

  /** Text of somebody else's making as it is: only for those who ask for it. */
  exact(text: string): void {
    this.#print(text);
  }

  /** A file's content, and nothing else. Resolves when it is written: a pipe takes it a piece at a time. */
  async bytes(data: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#stdout.write(data, () => resolve()));
  }

  /** A message for people on stderr, left out under `-q`. */
  note(text: string): void {
    if (!this.quiet) this.#stderr.write(`${text}\n`);
  }

  /** A message on stderr that must be seen. */
  warn(text: string): void {
    this.#stderr.write(`${this.noteStyle.yellow("warning:")} ${text}\n`);
  }

  #table<T>(rows: readonly T[], columns: readonly Column<T>[]): string[] {
    if (!this.isTTY) return tabSeparated(rows, columns);
    return aligned(rows, columns, this.width, (title) => this.style.dim(title));
  }

  #printId<T>(value: T, view: ItemView<T>): void {
    if (view.id) this.#print(view.id(value));
  }

  #print(text: string): void {
    this.#stdout.write(`${text}\n`);
  }
}

type Support = typeof supportsColor;

/** Flags, then NO_COLOR (https://no-color.org), then what chalk finds: FORCE_COLOR, a pipe, CI, the terminal. */
function colorLevel(color: boolean | undefined, env: OutputOptions["env"], support: Support): 0 | 1 | 2 | 3 {
  const level = support === false ? 0 : support.level;
  if (color === false) return 0;
  if (color === true) return level === 0 ? 1 : level;
  return isSet(env?.["NO_COLOR"]) ? 0 : level;
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "";
