import { z } from "zod";
import { publishJson, type Session } from "./session.js";
import { tail } from "./tail.js";

const Line = z.object({ seq: z.number(), stream: z.enum(["stdout", "stderr"]), text: z.string(), time: z.string() });
const Batch = z.object({
  attempt: z.number(),
  epoch: z.number(),
  agent_id: z.string(),
  lines: z.array(Line),
  /** Lines of this attempt that could not be kept, so far. */
  dropped: z.number(),
});

/** One line of what an agent printed. `seq` counts the lines of its attempt from 1; a gap is a dropped line. */
export interface LogLine extends z.output<typeof Line> {
  attempt: number;
  epoch: number;
  agent_id: string;
}

const FLUSH_MS = 100;
const BATCH_BYTES = 64 * 1024;
/** What may wait for the server before lines are dropped: an agent's output must never fill the launcher's memory. */
const BUFFER_BYTES = 2 * 1024 * 1024;

/** Writes the output of one attempt to the log of its task, in batches, in order. */
export class LogWriter {
  #lines: z.output<typeof Line>[] = [];
  #bytes = 0;
  #seq = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();
  #idle = true;

  constructor(
    private readonly session: Session,
    private readonly of: { task_id: string; attempt: number; epoch: number; agent_id: string },
  ) {}

  write(stream: "stdout" | "stderr", text: string): void {
    this.#seq++;
    if (this.#bytes + text.length > BUFFER_BYTES) {
      this.#dropped++;
      return;
    }
    this.#bytes += text.length;
    this.#lines.push({ seq: this.#seq, stream, text, time: this.session.now() });
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** True when nothing waits to be sent. */
  get settled(): boolean {
    return this.#idle && this.#lines.length === 0;
  }

  /** Sends what is left. @returns how many lines were dropped in all. */
  async close(): Promise<number> {
    while (!this.settled) {
      this.#flush();
      await this.#sending;
    }
    return this.#dropped;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#idle) return;
    this.#idle = false;
    this.#sending = this.#send().finally(() => {
      this.#idle = true;
      if (this.#lines.length > 0) this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
    });
  }

  async #send(): Promise<void> {
    const { task_id, ...of } = this.of;
    while (this.#lines.length > 0) {
      let bytes = 0;
      let count = 0;
      while (count < this.#lines.length && bytes < BATCH_BYTES) bytes += this.#lines[count++]?.text.length ?? 0;
      const lines = this.#lines.splice(0, count);
      try {
        await publishJson(this.session, this.session.names.log(task_id), { ...of, lines, dropped: this.#dropped });
      } catch {
        this.#dropped += lines.length;
      }
      this.#bytes -= bytes;
    }
  }
}

/** Reads the log of a task: what there is, then (until the signal aborts) what comes. */
export function readLog(
  session: Session,
  taskId: string,
  reader: { onLine: (line: LogLine) => void; onCaughtUp?: () => void; signal: AbortSignal },
): void {
  tail(session, {
    stream: session.names.logs.stream,
    filter: session.names.log(taskId),
    start: "all",
    signal: reader.signal,
    ...(reader.onCaughtUp && { onCaughtUp: reader.onCaughtUp }),
    onMessage: (message) => {
      const batch = Batch.safeParse(message.json());
      if (!batch.success) return;
      const { lines, dropped, ...of } = batch.data;
      for (const line of lines) reader.onLine({ ...line, ...of });
    },
  });
}
