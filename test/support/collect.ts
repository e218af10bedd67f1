import type { Session } from "../../src/nats/session.js";
import { tail, type TailMessage } from "../../src/nats/tail.js";

/** One message of a subject, read as JSON. */
export interface Heard {
  subject: string;
  seq: number;
  headers: TailMessage["headers"];
  body: Record<string, unknown>;
}

/** Everything a subject of the event log ever carried, and what it carries from now on. */
export async function collect(
  session: Session,
  filter: string,
  stream = session.names.work.stream,
): Promise<Heard[] & Disposable> {
  const heard: Heard[] = [];
  const done = new AbortController();
  await new Promise<void>((resolve) => {
    tail(session, {
      stream,
      filter,
      start: "all",
      signal: done.signal,
      onCaughtUp: resolve,
      onMessage: (message) => {
        const { subject, seq, headers } = message;
        heard.push({ subject, seq, headers, body: (message.json() ?? {}) as Record<string, unknown> });
      },
    });
  });
  // Not enumerable, so that it compares as the plain list it is.
  Object.defineProperty(heard, Symbol.dispose, { value: () => done.abort() });
  return heard as Heard[] & Disposable;
}
