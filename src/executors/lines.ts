import type { LogSink, LogStream } from "./executor.js";
import { count, LineSplitter, mark, type SplitLimits } from "./line-splitter.js";

export interface OutputLimits extends SplitLimits {
  /** Both streams of one attempt together; what comes after is dropped and counted. */
  bytes: number;
  lines: number;
}

export const OUTPUT_LIMITS: OutputLimits = {
  lineLength: 16 * 1024,
  bytes: 10 * 1024 * 1024,
  lines: 100_000,
  tailBytes: 64 * 1024,
};

/**
 * Turns the chunks of an attempt's stdout and stderr into log lines: UTF-8 across chunk borders, what is not UTF-8
 * replaced, no NUL characters, LF and CR LF, within limits. The end of each stream is kept even when its lines are not.
 */
export class OutputLines {
  readonly #log: LogSink;
  readonly #limits: OutputLimits;
  readonly #streams: Record<LogStream, LineSplitter>;
  #bytes = 0;
  #lines = 0;
  #dropped = 0;

  constructor(log: LogSink, limits: OutputLimits = OUTPUT_LIMITS) {
    this.#log = log;
    this.#limits = limits;
    const lines = (stream: LogStream) =>
      new LineSplitter(
        limits,
        (line) => this.#emit(stream, line),
        (count) => (this.#dropped += count),
      );
    this.#streams = { stdout: lines("stdout"), stderr: lines("stderr") };
  }

  /** How many lines the limits have kept from the log. */
  get dropped(): number {
    return this.#dropped;
  }

  write(stream: LogStream, chunk: Buffer): void {
    this.#streams[stream].write(chunk);
  }

  /** Logs a line of a protocol, with what people see of it. It is no part of the tail. */
  event(line: string, shown: readonly string[]): void {
    const { lineLength } = this.#limits;
    const short = (text: string): string => (text.length > lineLength ? mark(text, lineLength, text.length) : text);
    this.#emit("stdout", short(line), shown.map(short));
  }

  /** No more output: logs what has no line end, and how much was dropped. */
  end(): void {
    this.#streams.stdout.end();
    this.#streams.stderr.end();
    if (this.#dropped === 0) return;
    const { bytes, lines } = this.#limits;
    const limit = this.#lines >= lines ? `${count(lines)} lines` : `${count(bytes / 1024 / 1024)} MiB`;
    this.#log("stderr", `… ${count(this.#dropped)} lines dropped (output limit ${limit})`);
  }

  /** The last bytes of a stream as text, or null when nothing was printed. */
  tail(stream: LogStream): string | null {
    const tail = this.#streams[stream].tail();
    return tail === "" ? null : tail;
  }

  lastLine(stream: LogStream): string | null {
    return lastLineOf(this.#streams[stream].tail(), this.#limits.lineLength);
  }

  /** True while the line may be logged. */
  #emit(stream: LogStream, line: string, shown?: readonly string[]): boolean {
    const bytes = [line, ...(shown ?? [])].reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
    if (this.#lines >= this.#limits.lines || this.#bytes + bytes > this.#limits.bytes) {
      this.#dropped += 1;
      // Nothing may follow a gap: a log that skips lines here and there reads as if it were whole.
      this.#bytes = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#lines += 1;
    this.#bytes += bytes;
    if (shown === undefined) this.#log(stream, line);
    else this.#log(stream, line, shown);
    return true;
  }
}

/** The last line that is not blank, or null. */
export function lastLineOf(text: string, maxLength: number): string | null {
  const trimmed = text.trimEnd();
  if (trimmed === "") return null;
  const line = trimmed.slice(Math.max(trimmed.lastIndexOf("\n"), trimmed.lastIndexOf("\r")) + 1).trim();
  return line.length > maxLength ? mark(line, maxLength, line.length) : line;
}
