import { once } from "node:events";
import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyReply } from "fastify";
import { problemOf } from "../problem.js";

/** Proxies and clients give up on what says nothing. */
const HEARTBEAT_MS = 15_000;
/** What may wait for a slow reader. */
const WAITING_BYTES = 1024 * 1024;

/** Server-sent events as the answer to a request: for curl and scripts. */
export class EventStream {
  readonly #closed = new AbortController();

  constructor(private readonly reply: FastifyReply) {
    const { raw } = reply.hijack();
    raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
    });
    // A reader that was dropped comes back after this long.
    raw.write("retry: 1000\n\n");
    const heartbeat = setInterval(() => raw.write(":\n\n"), HEARTBEAT_MS);
    raw.once("close", () => {
      clearInterval(heartbeat);
      this.#closed.abort();
    });
  }

  /** Aborts when the reader has gone, or was dropped. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * @param id with what a reader that comes back says how far it was
   * @returns false: the reader does not keep up, and what comes now waits in memory
   */
  send(data: unknown, { id, event }: { id?: string | number; event?: string } = {}): boolean {
    const { raw } = this.reply;
    if (this.closed.aborted) return false;
    // JSON has no line breaks: an agent's output cannot begin a field of its own.
    const head = `${event === undefined ? "" : `event: ${event}\n`}${id === undefined ? "" : `id: ${id}\n`}`;
    raw.write(`${head}data: ${JSON.stringify(data)}\n\n`);
    return raw.writableLength < WAITING_BYTES;
  }

  /** Resolves when the reader has taken what waited, or has gone. */
  async drained(): Promise<void> {
    const { raw } = this.reply;
    if (!raw.writableNeedDrain || this.closed.aborted) return;
    await once(raw, "drain", { signal: this.closed }).catch(() => undefined);
  }

  /** Says why it ends, and ends. */
  fail(error: unknown): void {
    this.send(problemOf(error), { event: "problem" });
    this.end();
  }

  end(): void {
    this.reply.raw.end();
  }
}

export const lastEventId = (headers: Readonly<Record<string, unknown>>): string | undefined => {
  const id = headers["last-event-id"];
  return typeof id === "string" && id !== "" ? id : undefined;
};
