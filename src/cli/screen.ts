const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
const CLEAR_ALL = "\u001b[2J\u001b[H";
const up = (lines: number): string => (lines > 0 ? `\u001b[${lines}A` : "");

/**
 * A block of lines on a terminal that is drawn over itself, in one write, so that nothing flickers. What was on the
 * terminal before stays above it, and its last state stays when it is closed.
 */
export class Screen implements Disposable {
  #drawn = 0;
  #resized = false;
  readonly #onResize = (): void => void (this.#resized = true);
  readonly #restore = (): void => void this.terminal.write(SHOW_CURSOR);

  constructor(private readonly terminal: NodeJS.WriteStream) {
    terminal.write(HIDE_CURSOR);
    terminal.on("resize", this.#onResize);
    // A second Ctrl-C ends the process at once; a terminal without a cursor is not to be left behind.
    process.on("exit", this.#restore);
  }

  draw(text: string): void {
    const room = Math.max(2, this.terminal.rows - 1);
    const all = text.split("\n");
    const lines = all.length <= room ? all : [...all.slice(0, room - 1), `… ${all.length - room + 1} more lines`];
    // The terminal has wrapped the old lines anew: where they begin is no longer known.
    const start = this.#resized ? CLEAR_ALL : up(this.#drawn);
    this.#resized = false;
    this.#drawn = lines.length;
    this.terminal.write(`${start}${lines.map((line) => `${line}${CLEAR_LINE_END}\n`).join("")}${CLEAR_BELOW}`);
  }

  [Symbol.dispose](): void {
    this.terminal.off("resize", this.#onResize);
    process.off("exit", this.#restore);
    this.terminal.write(`\r${CLEAR_LINE_END}`); // the terminal's own echo of ^C
    this.#restore();
  }
}
