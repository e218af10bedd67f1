import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { removeMessages } from "./remove.js";
import { publishJson, readLast, type Session } from "./session.js";
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
/** What a line takes besides its text, in a batch and in memory: without it, empty lines would be free. */
const LINE_BYTES = 96;
/** What may wait for the server before lines are dropped: an agent's output must never fill the launcher's memory. */
const BUFFER_BYTES = 8 * 1024 * 1024;

/** A batch that was not taken is sent again this often, */
const TRIES = 5;
/** after this long, */
const RETRY_MS = 250;
/** or as soon as the server is back, but not later than after */
const RECONNECT_MS = 10_000;

/** Writes the output of one attempt to the log of its task, in batches, in order. */
export class LogWriter {
  /** Makes a batch that is sent again, its answer being lost, one that the stream has already. */
  readonly #id = randomUUID();
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
    const bytes = text.length + LINE_BYTES;
    if (this.#bytes + bytes > BUFFER_BYTES) {
      this.#dropped++;
      return;
    }
    this.#bytes += bytes;
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
    while (this.#lines.length > 0) {
      let bytes = 0;
      let count = 0;
      while (count < this.#lines.length && bytes < BATCH_BYTES) {
        bytes += (this.#lines[count++]?.text.length ?? 0) + LINE_BYTES;
      }
      const lines = this.#lines.splice(0, count);
      if (!(await this.#store(lines))) this.#dropped += lines.length;
      this.#bytes -= bytes;
    }
  }

  /** @returns false when the stream would not have them, or the server was away too long */
  async #store(lines: z.output<typeof Line>[]): Promise<boolean> {
    const { session } = this;
    const { task_id, ...of } = this.of;
    const msgID = `${this.#id}:${lines[0]?.seq ?? 0}`;
    for (let tries = 1; !session.nc.isClosed(); tries++) {
      try {
        await publishJson(session, session.names.log(task_id), { ...of, lines, dropped: this.#dropped }, { msgID });
        return true;
      } catch {
        if (tries === TRIES) return false;
        await sleep(RETRY_MS);
        await session.whenConnected(RECONNECT_MS);
      }
    }
    return false;
  }
}

/** Removes the log of a task. @param upTo leaves what the stream has with a greater sequence */
export async function removeLog(session: Session, taskId: string, upTo: number): Promise<void> {
  const { logs, log } = session.names;
  // Logs are gone long before most tasks are, and this asks once.
  if ((await readLast(session, logs.stream, log(taskId))) === null) return;
  await removeMessages(session, logs.stream, log(taskId), upTo);
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
