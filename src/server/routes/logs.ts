import { followTaskLog, readTaskLog } from "../../operations/logs.js";
import { getRecord } from "../../operations/tasks.js";
import type { LogLine } from "../../nats/logs.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { EventStream, lastEventId } from "../live/event-stream.js";
import { LogQuery, OneTask } from "../schemas/query.js";
import { Log } from "../schemas/tasks.js";

/** What a task's command printed: as a list, or, for who accepts `text/event-stream`, as it comes. */
export function addLogs(app: Api, coordinator: Coordinator): void {
  const { session } = coordinator;
  app.get(
    "/api/tasks/:id/logs",
    {
      schema: {
        tags: ["tasks"],
        summary: "What a task's command printed",
        description:
          "With `Accept: text/event-stream` as server-sent events, until the task has ended; Last-Event-ID goes on after that line.",
        params: OneTask,
        querystring: LogQuery,
        response: { 200: Log },
      },
    },
    async ({ params: { id }, query: { attempt, limit }, headers }, reply) => {
      needNats(coordinator);
      await getRecord(session, id);
      const isWanted = (line: LogLine): boolean => attempt === undefined || line.attempt === attempt;
      if (headers.accept?.includes("text/event-stream") === true) {
        const stream = new EventStream(reply);
        await follow(coordinator, id, { stream, isWanted, from: placeOf(lastEventId(headers)) }).catch(
          (error: unknown) => stream.fail(error),
        );
        return reply;
      }
      const lines: LogLine[] = [];
      await readTaskLog(session, id, (line) => {
        if (isWanted(line) && lines.push(line) > limit) lines.shift();
      });
      return lines;
    },
  );
}

/** A line of a log: the stored batch that it is in, and which of its lines it is, from 1. */
interface Place {
  seq: number;
  line: number;
}

/** `12.3`; null: the beginning. */
function placeOf(id: string | undefined): Place | null {
  const [, seq, line] = /^(\d{1,15})\.(\d{1,6})$/.exec(id ?? "") ?? [];
  return seq === undefined || line === undefined ? null : { seq: Number(seq), line: Number(line) };
}

interface Following {
  stream: EventStream;
  isWanted: (line: LogLine) => boolean;
  from: Place | null;
}

/** A reader that is slow is not read for until it has taken what waits: then from where it was. */
async function follow(coordinator: Coordinator, id: string, { stream, isWanted, from }: Following): Promise<void> {
  let told = from;
  for (;;) {
    const paused = new AbortController();
    let at: Place = { seq: 0, line: 0 };
    await followTaskLog(coordinator.session, id, {
      ...(told && { from: told.seq }),
      signal: AbortSignal.any([stream.closed, paused.signal]),
      onLine: (line, seq) => {
        at = { seq, line: at.seq === seq ? at.line + 1 : 1 };
        const isKnown = told !== null && (seq < told.seq || (seq === told.seq && at.line <= told.line));
        if (isKnown || paused.signal.aborted || stream.closed.aborted) return;
        told = at;
        if (isWanted(line) && !stream.send(line, { id: `${at.seq}.${at.line}` })) paused.abort();
      },
    });
    if (stream.closed.aborted) return;
    if (!paused.signal.aborted) break;
    await stream.drained();
  }
  const { status } = await getRecord(coordinator.session, id);
  stream.send({ status }, { event: "end" });
  stream.end();
}
