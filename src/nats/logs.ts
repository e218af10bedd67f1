import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { removeMessages } from "./remove.js";
import { publishJson, readLast, type Session } from "./session.js";
import { tail } from "./tail.js";

const Line = z.object({
  seq: z.number(),
  stream: z.enum(["stdout", "stderr"]),
  text: z.string(),
  /** What people are shown of it, when that is not the line itself. */
  shown: z.array(z.string()).optional(),
  time: z.string(),
});
type Line = z.output<typeof Line>;
const Batch = z.object({
  attempt: z.number(),
  epoch: z.number(),
  agent_id: z.string(),
  lines: z.array(Line),
  /** Lines of this attempt that could not be kept, so far. */
  dropped: z.number(),
});

/** One line of what an agent printed. `seq` counts the lines of its attempt from 1; a gap is a dropped line. */
export interface LogLine extends Line {
  attempt: number;
  epoch: number;
  agent_id: string;
}

const FLUSH_MS = 100;
const BATCH_BYTES = 64 * 1024;
/** What a line takes besides its text, in a batch and in memory: without it, empty lines would be free. */
const LINE_BYTES = 96;
/** What is shown of a line may have this many characters in all: as many as a line itself. */
const SHOWN_LENGTH = 16 * 1024;
/** What may wait for the server before lines are dropped: an agent's output must never fill the launcher's memory. */
const BUFFER_BYTES = 8 * 1024 * 1024;

/** A batch that was not taken is sent again this often, */
const TRIES = 5;
/** after this long, and once the server is back. */
const RETRY_MS = 250;

const sizeOf = ({ text, shown = [] }: Line): number =>
  shown.reduce((size, { length }) => size + length + 1, text.length + LINE_BYTES);

/** What fits, and a mark that says how much does not. */
function beginningOfShown(shown: readonly string[]): string[] {
  const kept: string[] = [];
  let room = SHOWN_LENGTH;
  for (const [index, text] of shown.entries()) {
    room -= text.length + 1;
    if (room < 0) {
      const begun = Math.max(0, text.length + room);
      const left = shown.slice(index).reduce((length, line) => length + line.length, -begun);
      return [...kept, `${text.slice(0, begun)}… [${left.toLocaleString("en-US")} more characters]`];
    }
    kept.push(text);
  }
  return kept;
}

/** Writes the output of one attempt to the log of its task, in batches, in order. */
export class LogWriter {
  /** Makes a batch that is sent again, its answer being lost, one that the stream has already. */
  readonly #id = randomUUID();
  #lines: Line[] = [];
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

  /** @param shown what people are shown of it, when that is not the line itself */
  write(stream: "stdout" | "stderr", text: string, shown?: readonly string[]): void {
    const seq = ++this.#seq;
    const line: Line = {
      seq,
      stream,
      text,
      ...(shown && { shown: beginningOfShown(shown) }),
      time: this.session.now(),
    };
    const bytes = sizeOf(line);
    if (this.#bytes + bytes > BUFFER_BYTES) {
      this.#dropped++;
      return;
    }
    this.#bytes += bytes;
    this.#lines.push(line);
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** True when nothing waits to be sent. */
  get settled(): boolean {
    return this.#idle && this.#lines.length === 0;
  }

  /** How many lines were dropped so far. */
  get dropped(): number {
    return this.#dropped;
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
      for (let next = this.#lines[0]; next && bytes < BATCH_BYTES; next = this.#lines[++count]) bytes += sizeOf(next);
      const lines = this.#lines.splice(0, count);
      if (!(await this.#store(lines))) this.#dropped += lines.length;
      this.#bytes -= bytes;
    }
  }

  /** @returns false when the stream would not have them, or the connection was closed */
  async #store(lines: Line[]): Promise<boolean> {
    const { session } = this;
    const { task_id, ...of } = this.of;
    const msgID = `${this.#id}:${lines[0]?.seq ?? 0}`;
    for (let tries = 1; !session.nc.isClosed(); tries++) {
      // What is sent before that vanishes, which shows only after seconds. However long it takes: what may wait is bounded.
      await session.whenConnected(Number.POSITIVE_INFINITY);
      try {
        await publishJson(session, session.names.log(task_id), { ...of, lines, dropped: this.#dropped }, { msgID });
        return true;
      } catch {
        if (tries === TRIES) return false;
        await sleep(RETRY_MS);
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

/** Who reads a log. */
export interface LogReader {
  /** @param seq of the stored batch that it is in */
  onLine: (line: LogLine, seq: number) => void;
  onCaughtUp?: () => void;
  signal: AbortSignal;
  /** The batch to begin with; without it, from the beginning. */
  from?: number;
}

/** Reads the log of a task: what there is, then (until the signal aborts) what comes. */
export function readLog(session: Session, taskId: string, reader: LogReader): void {
  tail(session, {
    stream: session.names.logs.stream,
    filter: session.names.log(taskId),
    start: reader.from === undefined ? "all" : { seq: reader.from },
    signal: reader.signal,
    ...(reader.onCaughtUp && { onCaughtUp: reader.onCaughtUp }),
    onMessage: (message) => {
      const batch = Batch.safeParse(message.json());
      if (!batch.success) return;
      const { lines, dropped, ...of } = batch.data;
      for (const line of lines) reader.onLine({ ...line, ...of }, message.seq);
    },
  });
}
