import { StringDecoder } from "node:string_decoder";
import type { LogSink, LogStream } from "./executor.js";

export interface OutputLimits {
  /** Longest line, in characters; the rest of a longer one is left out, with a mark that says how much. */
  lineLength: number;
  /** Both streams of one attempt together; what comes after is dropped and counted. */
  bytes: number;
  lines: number;
  /** How much of each stream's end is kept for the result, in bytes. */
  tailBytes: number;
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
  readonly #streams: Record<LogStream, Lines>;
  #bytes = 0;
  #lines = 0;
  #dropped = 0;

  constructor(log: LogSink, limits: OutputLimits = OUTPUT_LIMITS) {
    this.#log = log;
    this.#limits = limits;
    const lines = (stream: LogStream) =>
      new Lines(
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
  #emit(stream: LogStream, line: string): boolean {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#lines >= this.#limits.lines || this.#bytes + bytes > this.#limits.bytes) {
      this.#dropped += 1;
      // Nothing may follow a gap: a log that skips lines here and there reads as if it were whole.
      this.#bytes = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#lines += 1;
    this.#bytes += bytes;
    this.#log(stream, line);
    return true;
  }
}

/** The last line that is not blank, or null. */
function lastLineOf(text: string, maxLength: number): string | null {
  const trimmed = text.trimEnd();
  if (trimmed === "") return null;
  const line = trimmed.slice(Math.max(trimmed.lastIndexOf("\n"), trimmed.lastIndexOf("\r")) + 1).trim();
  return line.length > maxLength ? mark(line, maxLength, line.length) : line;
}

const count = (value: number): string => value.toLocaleString("en-US");
const mark = (line: string, kept: number, length: number): string =>
  `${line.slice(0, kept)}… [${count(length - kept)} more characters]`;

/** One stream: bytes in, lines out. */
class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #limits: OutputLimits;
  readonly #emit: (line: string) => boolean;
  readonly #drop: (count: number) => void;
  #open = true;
  /** The line so far: at most `lineLength` of it, and its whole length. */
  #rest = "";
  #length = 0;
  #tail: string[] = [];
  #tailLength = 0;

  constructor(limits: OutputLimits, emit: (line: string) => boolean, drop: (count: number) => void) {
    this.#limits = limits;
    this.#emit = emit;
    this.#drop = drop;
  }

  write(chunk: Buffer): void {
    this.#text(this.#decoder.write(chunk));
  }

  end(): void {
    this.#text(this.#decoder.end());
    if (this.#length > 0) this.#endLine();
  }

  tail(): string {
    const bytes = Buffer.from(this.#tail.join(""));
    if (bytes.length <= this.#limits.tailBytes) return bytes.toString();
    const cut = bytes.subarray(bytes.length - this.#limits.tailBytes);
    // Not in the middle of a line when there is another one, and never in the middle of a character.
    const start = cut.indexOf(0x0a) + 1;
    return start > 0 && start < cut.length ? cut.toString("utf8", start) : cut.toString().replace(/^\uFFFD+/, "");
  }

  #text(decoded: string): void {
    const text = decoded.includes("\0") ? decoded.replaceAll("\0", "") : decoded;
    if (text === "") return;
    this.#keepTail(text);
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      this.#add(text, from, end);
      this.#endLine();
      from = end + 1;
    }
    this.#add(text, from, text.length);
  }

  #add(text: string, from: number, to: number): void {
    const space = this.#limits.lineLength - this.#rest.length;
    if (this.#open && space > 0 && to > from) this.#rest += text.slice(from, Math.min(to, from + space));
    this.#length += to - from;
  }

  #endLine(): void {
    const line = this.#rest;
    const length = this.#length;
    this.#rest = "";
    this.#length = 0;
    if (!this.#open) this.#drop(1);
    else if (length > line.length) this.#open = this.#emit(mark(line, line.length, length));
    else this.#open = this.#emit(line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  #keepTail(text: string): void {
    this.#tail.push(text);
    this.#tailLength += text.length;
    for (let first = this.#tail[0]; first !== undefined; first = this.#tail[0]) {
      // A character is at least one byte, so this many characters are enough.
      if (this.#tailLength - first.length < this.#limits.tailBytes) return;
      this.#tail.shift();
      this.#tailLength -= first.length;
    }
  }
}
