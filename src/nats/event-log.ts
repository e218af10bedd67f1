import type { StreamInfo } from "@nats-io/jetstream";
import { type LogEvent, readEvent } from "../domain/event-log.js";
import type { LogExtent } from "../domain/replay.js";
import { RECORDED_HEADER } from "./feed.js";
import type { Session } from "./session.js";
import { tail } from "./tail.js";

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
  const { work, channelOf } = session.names;
  const info = await session.jsm.streams.info(work.stream);
  const createdMs = Date.parse(info.created);
  const done = new AbortController();
  try {
    await new Promise<void>((resolve) => {
      tail(session, {
        stream: work.stream,
        filter: work.subjects,
        start: since ? { time: since } : "all",
        signal: done.signal,
        onCaughtUp: resolve,
        onMessage: (message) => {
          const { subject, seq, time, headers } = message;
          const json = (): unknown => message.json();
          const recorded = headers?.has(RECORDED_HEADER) === true;
          const event = readEvent({ channel: channelOf(subject), seq, time, recorded, json }, createdMs);
          if (event) onEvent(event);
        },
      });
    });
  } finally {
    done.abort();
  }
  return extentOf(info, Date.parse(session.now()));
}

/** A log that is limited by age begins there; one that is limited by size, with the oldest message that is left. */
function extentOf({ created, config, state }: StreamInfo, now: number): LogExtent {
  const createdMs = Date.parse(created);
  const oldest = config.max_age > 0 ? now - config.max_age / 1e6 : createdMs;
  const limited = (config.max_msgs > 0 || config.max_bytes > 0) && state.first_seq > 1;
  const begins = Math.max(createdMs, oldest, limited ? Date.parse(state.first_ts) : createdMs);
  return { begins: new Date(begins).toISOString(), whole: begins === createdMs };
}
