import { decodeJson } from "./json.js";
import type { Session } from "./session.js";
import { tail, type TailOptions } from "./tail.js";

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

/** Where people and agents talk: `mjwork.<word>`, and what is said to one, to a team, to all. */
const TALK = ["*", "agent.>", "team.>", "broadcast.>"];
/** So far back in the event log: a page that shows a task asks for it, however long the log is. */
const PLACES = 50_000;

/** The newest messages that name a task as their `task_id`, of the newest 50,000 places of the event log; oldest first. */
export async function readAbout(session: Session, taskId: string, limit: number): Promise<ChannelMessage[]> {
  const { state } = await session.jsm.streams.info(session.names.work.stream);
  const start = { seq: Math.max(1, state.last_seq - PLACES + 1) };
  const found: ChannelMessage[] = [];
  const take = (message: ChannelMessage): void => {
    if (isAbout(message.body, taskId)) found.push(message);
  };
  await Promise.all(TALK.map((channels) => read(session, channels, start, take)));
  return found.sort((a, b) => a.seq - b.seq).slice(-limit);
}

const isAbout = (body: unknown, taskId: string): boolean =>
  typeof body === "object" && body !== null && "task_id" in body && body.task_id === taskId;

async function readSince(session: Session, channel: string, limit: number, since: number): Promise<ChannelMessage[]> {
  const newest: ChannelMessage[] = [];
  await read(session, channel, Number.isFinite(since) ? { time: new Date(since) } : "all", (message) => {
    newest.push(message);
    if (newest.length > limit) newest.shift();
  });
  return newest;
}

async function read(
  session: Session,
  channels: string,
  start: TailOptions["start"],
  onMessage: (message: ChannelMessage) => void,
): Promise<void> {
  const { names } = session;
  const done = new AbortController();
  await new Promise<void>((resolve) => {
    tail(session, {
      ...{ stream: names.work.stream, filter: names.channel(channels), start, signal: done.signal },
      onCaughtUp: resolve,
      onMessage: ({ subject, seq, time, data }) => {
        const body = decodeJson(data) ?? new TextDecoder().decode(data);
        onMessage({ channel: names.channelOf(subject), seq, time: time.toISOString(), body });
      },
    });
  }).finally(() => done.abort());
}
