import { signal } from "@preact/signals";
import { logAddress } from "../api.js";
import { type LogLine, type LogRow, type ShownLog, withLines } from "./lines.js";

const AGAIN_MS = 3_000;

/** The log of one task, as it is written: what came in one frame is shown at once. */
export class LogFeed {
  readonly rows = signal<readonly LogRow[]>([]);
  readonly state = signal<"reading" | "following" | "ended" | "broken">("reading");

  #waiting: LogLine[] = [];
  #log: ShownLog = { rows: [], last: null };
  #frame: number | undefined;
  #timer: number | undefined;
  #source: EventSource | undefined;

  constructor(private readonly taskId: string) {
    this.open();
  }

  /** Reads on, also when the task had ended: it may run again. */
  open(): void {
    this.end();
    const source = new EventSource(logAddress(this.taskId));
    this.#source = source;
    source.onopen = () => void (this.state.value = "following");
    source.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as LogLine);
    source.addEventListener("end", () => {
      this.state.value = "ended";
      source.close();
    });
    source.onerror = () => {
      this.state.value = "broken";
      // A broken line the browser mends by itself, but not an answer that was no log.
      if (source.readyState === EventSource.CLOSED) this.#timer = window.setTimeout(() => this.open(), AGAIN_MS);
    };
  }

  end(): void {
    window.clearTimeout(this.#timer);
    this.#source?.close();
  }

  #take(line: LogLine): void {
    this.#waiting.push(line);
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#log = withLines(this.#log, this.#waiting);
      this.#waiting = [];
      this.rows.value = this.#log.rows;
    });
  }
}
