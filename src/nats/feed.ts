import type { JsMsg } from "@nats-io/jetstream";
import { headers, type MsgHdrs } from "nats";
import {
  type AgentEventMessage,
  type AgentEventName,
  type Beat,
  type ErrorReport,
  type Move,
  moveMessage,
  type TaskEventMessage,
  type TaskEventName,
  taskEventMessage,
} from "../domain/message.js";
import { WATCHABLE } from "../domain/role.js";
import type { TaskRecord } from "../domain/task.js";
import { consumerInfo, type DurableConsumer, ensureConsumer } from "./consumers.js";
import { PullSource } from "./pull.js";
import { publishEvent, publishJson, type Session } from "./session.js";
import { whileStarting } from "./starting.js";
import { tail } from "./tail.js";
import type { StoredTask } from "./task-store.js";

/** Between two tries at a message that could not be dealt with. */
const RETRY_MS = 1_000;

/** A message of the event log as it comes in. */
export type IncomingMessage = Pick<JsMsg, "data" | "headers" | "seq" | "subject">;

/** Marks a message on `mjwork.tasks.available` whose record exists already: intake has nothing to do. */
export const RECORDED_HEADER = "Mj-Recorded";

/**
 * Announces what happened to a task. The id makes a repeated announcement of the same moment a duplicate that the
 * stream drops.
 */
export async function announce(session: Session, name: TaskEventName, message: TaskEventMessage): Promise<void> {
  await publishEvent(session, session.names.event(name), message, { msgID: momentOf(name, message) });
}

const momentOf = (name: string, { task_id, epoch, attempt, timestamp }: TaskEventMessage): string =>
  `${task_id}:${epoch}:${name}:${attempt}:${timestamp}`;

/** The headers of a message on `mjwork.tasks.available` that tells of a record as it is at this revision. */
export function recordedAt(revision: number): MsgHdrs {
  const meta = headers();
  meta.set(RECORDED_HEADER, String(revision));
  return meta;
}

/** Announces that a task which waited, or had ended, moved on: whoever looks for work learns when there is some. */
export async function announceMove(session: Session, { record, revision }: StoredTask, move: Move): Promise<void> {
  const message = moveMessage(record, move);
  await publishEvent(session, session.names.available, message, {
    headers: recordedAt(revision),
    msgID: momentOf(move, message),
  });
}

/**
 * Announces that an agent came or went.
 * @param moment tells this coming or going from others of the same instance
 */
export async function announceAgent(
  session: Session,
  type: AgentEventName,
  beat: Beat,
  message: string,
  moment: string | number = "",
): Promise<void> {
  const { agent_id, role, instance_id, host, pid } = beat;
  const timestamp = session.now();
  const body: AgentEventMessage = { type, agent_id, role, instance_id, host, pid, timestamp, message };
  const msgID = `${agent_id}:${instance_id}:${type}:${moment}`;
  await publishEvent(session, session.names.channel("coordination"), body, { msgID });
}

/** Announces an event of a record as it is now. */
export function announceRecord(
  session: Session,
  name: TaskEventName,
  record: TaskRecord,
  by: { agent_id: string | null; attempt: number },
): Promise<void> {
  return announce(session, name, taskEventMessage(record, name, by));
}

/** Reports something that went wrong on `mjwork.errors`. */
export async function reportError(session: Session, report: Omit<ErrorReport, "timestamp">): Promise<void> {
  await publishJson(session, session.names.channel("errors"), { ...report, timestamp: session.now() });
}

/** Makes the consumers where they are missing and opens them, to be asked for one event at a time. */
export async function openEvents(session: Session, consumers: readonly DurableConsumer[]): Promise<PullSource> {
  const ensure = () => Promise.all(consumers.map((consumer) => ensureEventConsumer(session, consumer)));
  await whileStarting(ensure);
  const names = consumers.map((consumer) => consumer.name);
  return new PullSource(session, session.names.work.stream, names, ensure);
}

/**
 * Takes the messages of a durable consumer as fast as they come, `atOnce` at a time, until the signal aborts. A
 * message is acked when `handle` resolves; when it rejects, it comes again. A consumer that is deleted on the server
 * is made again.
 */
export async function consumeEvents(
  session: Session,
  consumer: DurableConsumer,
  atOnce: number,
  signal: AbortSignal,
  handle: (message: IncomingMessage) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    try {
      await consumeUntilGone(session, consumer, atOnce, signal, handle, running);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && /consumer (deleted|not found)/i.test(error.message);

async function consumeUntilGone(
  session: Session,
  consumer: DurableConsumer,
  atOnce: number,
  signal: AbortSignal,
  handle: (message: IncomingMessage) => Promise<void>,
  running: Set<Promise<void>>,
): Promise<void> {
  await whileStarting(() => ensureEventConsumer(session, consumer));
  const { stream } = session.names.work;
  const source = await session.js.consumers.get(stream, consumer.name);
  const pulled = await source.consume({ max_messages: 4 * atOnce, abort_on_missing_resource: true });
  const stop = (): void => pulled.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  for await (const message of pulled) {
    const done = handle(message)
      .then(
        () => message.ack(),
        () => message.nak(RETRY_MS),
      )
      .finally(() => running.delete(done));
    running.add(done);
    if (running.size >= atOnce) await Promise.race(running);
  }
}

function ensureEventConsumer({ jsm, names }: Session, consumer: DurableConsumer): Promise<void> {
  return ensureConsumer(jsm, names.work.stream, consumer);
}

/** Events that a durable consumer has not settled; 0 when there is no such consumer. */
export async function pendingEvents({ jsm, names }: Session, consumer: string): Promise<number> {
  const info = await consumerInfo(jsm, names.work.stream, consumer);
  return info ? info.num_pending + info.num_ack_pending : 0;
}

const isFollowed = (name: string): name is TaskEventName | "available" =>
  name === "available" || (WATCHABLE as readonly string[]).includes(name);

/**
 * Follows what happens to tasks from now on. `available` is a new task's record, or, with a `reason`, one that moved
 * on and may wait for something else now: `status` tells.
 */
export function followEvents(
  session: Session,
  signal: AbortSignal,
  onEvent: (name: TaskEventName | "available", message: TaskEventMessage) => void,
): void {
  const { work, events } = session.names;
  tail(session, {
    stream: work.stream,
    filter: events,
    start: "new",
    signal,
    onMessage: (message) => {
      const body = (message.json() ?? {}) as Partial<TaskEventMessage>;
      const name = message.subject.slice(message.subject.lastIndexOf(".") + 1);
      if (typeof body.task_id === "string" && isFollowed(name)) onEvent(name, body as TaskEventMessage);
    },
  });
}
