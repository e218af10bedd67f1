import { StringDecoder } from "node:string_decoder";

export interface SplitLimits {
  /** Longest line, in characters; the rest of a longer one is left out, with a mark that says how much. */
  lineLength: number;
  /** How much of each stream's end is kept for the result, in bytes. */
  tailBytes: number;
}

export const count = (value: number): string => value.toLocaleString("en-US");
/** The beginning of a line, and how much of it is missing. */
export const mark = (line: string, kept: number, length: number): string =>
  `${line.slice(0, kept)}… [${count(length - kept)} more characters]`;

/** One stream: bytes in, lines out. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #limits: SplitLimits;
  readonly #emit: (line: string) => boolean;
  readonly #drop: (count: number) => void;
  #open = true;
  /** The line so far: at most `lineLength` of it, and its whole length. */
  #rest = "";
  #length = 0;
  #tail: string[] = [];
  #tailLength = 0;

  constructor(limits: SplitLimits, emit: (line: string) => boolean, drop: (count: number) => void) {
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

/** A longer line of a protocol is none; what one tool printed may well be in one line. */
const PROTOCOL_LINE_LENGTH = 16 * 1024 * 1024;

/** Cuts the chunks of a protocol into its lines, whole. */
export function protocolLines(onLine: (line: string) => void): LineSplitter {
  const emit = (line: string): boolean => {
    onLine(line);
    return true;
  };
  return new LineSplitter({ lineLength: PROTOCOL_LINE_LENGTH, tailBytes: 0 }, emit, () => undefined);
}
