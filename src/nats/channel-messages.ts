import { decodeJson } from "./json.js";
import type { Session } from "./session.js";
import { tail } from "./tail.js";

/** What somebody said on a channel of the workspace. */
export interface ChannelMessage {
  channel: string;
  /** Its place in the event log. */
  seq: number;
  /** When the server stored it. */
  time: string;
  /** What it carries: JSON, or the text as it is. */
  body: unknown;
}

/** A channel may hold a week: it is read from ever earlier, until there is enough. */
const WINDOWS_MS = [10 * 60_000, 6 * 3_600_000, Number.POSITIVE_INFINITY];

/** The newest messages of a channel, oldest first. */
export async function readChannel(session: Session, channel: string, limit: number): Promise<ChannelMessage[]> {
  let found: ChannelMessage[] = [];
  for (const window of WINDOWS_MS) {
    found = await readSince(session, channel, limit, Date.parse(session.now()) - window);
    if (found.length === limit) break;
  }
  return found;
}

async function readSince(session: Session, channel: string, limit: number, since: number): Promise<ChannelMessage[]> {
  const newest: ChannelMessage[] = [];
  const done = new AbortController();
  await new Promise<void>((resolve) => {
    tail(session, {
      stream: session.names.work.stream,
      filter: session.names.channel(channel),
      start: Number.isFinite(since) ? { time: new Date(since) } : "all",
      signal: done.signal,
      onCaughtUp: resolve,
      onMessage: ({ seq, time, data }) => {
        const body = decodeJson(data) ?? new TextDecoder().decode(data);
        newest.push({ channel, seq, time: time.toISOString(), body });
        if (newest.length > limit) newest.shift();
      },
    });
  }).finally(() => done.abort());
  return newest;
}
