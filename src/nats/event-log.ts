import type { StreamInfo } from "@nats-io/jetstream";
import { type LogEvent, readEvent } from "../domain/event-log.js";
import type { LogExtent } from "../domain/replay.js";
import { RECORDED_HEADER } from "./feed.js";
import { mergedTail } from "./merged-tail.js";
import { readMessage, type Session } from "./session.js";
import { whileStarting } from "./starting.js";
import type { TailMessage } from "./tail.js";

/** Subjects of events. Heartbeats are in none of them, for the sake of nats-server 2.9: see `mergedTail`. */
const filtersOf = ({ names }: Session): string[] => [
  names.events,
  names.channel("coordination"),
  names.channel("errors"),
];

/**
 * Reads the event log in the order of the stream, up to what it holds now.
 * @param since leaves out what was stored before that
 * @returns how far back the log goes
 */
export async function readEventLog(
  session: Session,
  since: Date | null,
  onEvent: (event: LogEvent) => void,
): Promise<LogExtent> {
  const { work } = session.names;
  const info = await session.jsm.streams.info(work.stream);
  const createdMs = Date.parse(info.created);
  const done = new AbortController();
  try {
    await new Promise<void>((resolve) => {
      mergedTail(session, {
        stream: work.stream,
        filters: filtersOf(session),
        start: since ? { time: since } : "all",
        signal: done.signal,
        onCaughtUp: resolve,
        onMessage: (message) => {
          const event = eventOf(session, message, createdMs);
          if (event) onEvent(event);
        },
      });
    });
  } finally {
    done.abort();
  }
  return extentOf(info, Date.parse(session.now()));
}

/**
 * Follows the event log: first what its last `backlog` places hold, then what comes, until the signal aborts.
 * `onReset`: the log is another one now, what was told of it is void.
 */
export async function followEventLog(
  session: Session,
  backlog: number,
  watcher: { onEvent: (event: LogEvent) => void; onCaughtUp: () => void; onReset: () => void; signal: AbortSignal },
): Promise<void> {
  const { jsm, names } = session;
  const { stream, subjects } = names.work;
  const { created, state } = await whileStarting(() => jsm.streams.info(stream));
  const createdMs = Date.parse(created);
  // Many places are empty: of each agent's beats the last one stays.
  const query = { seq: Math.max(1, state.last_seq - backlog + 1), next_by_subj: subjects };
  const oldest = await readMessage(session, stream, query);
  const { onEvent, ...of } = watcher;
  mergedTail(session, {
    ...{ stream, filters: filtersOf(session), ...of },
    // By its time: another log would have to be read from another sequence.
    start: oldest ? { time: oldest.time } : "new",
    onMessage: (message) => {
      const event = eventOf(session, message, createdMs);
      if (event) onEvent(event);
    },
  });
}

function eventOf({ names }: Session, message: TailMessage, createdMs: number): LogEvent | null {
  const { subject, seq, time, headers } = message;
  const recorded = headers?.has(RECORDED_HEADER) === true;
  const json = (): unknown => message.json();
  return readEvent({ channel: names.channelOf(subject), seq, time, recorded, json }, createdMs);
}

/** A log that is limited by age begins there; one that is limited by size, with the oldest message that is left. */
function extentOf({ created, config, state }: StreamInfo, now: number): LogExtent {
  const createdMs = Date.parse(created);
  const oldest = config.max_age > 0 ? now - config.max_age / 1e6 : createdMs;
  const limited = (config.max_msgs > 0 || config.max_bytes > 0) && state.first_seq > 1;
  const begins = Math.max(createdMs, oldest, limited ? Date.parse(state.first_ts) : createdMs);
  return { begins: new Date(begins).toISOString(), whole: begins === createdMs };
}
