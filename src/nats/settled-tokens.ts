import type { ConsumerInfo, NextMsgRequest } from "@nats-io/jetstream";
import { removeSequences } from "./remove.js";
import type { Session } from "./session.js";

/**
 * Tokens that were settled, and are in the queue all the same. A nats-server that is killed right after an ack can have
 * kept the consumer's word for it and the message, too (seen of 2.9.10): nobody will ever be given it, and it looks as if
 * its task were queued. They are removed.
 * @param subjects of all tokens that are in the queue
 * @returns the subjects of those that were removed
 */
export async function removeSettledTokens(session: Session, subjects: ReadonlySet<string>): Promise<string[]> {
  const { jsm, names } = session;
  const removed: string[] = [];
  const counts = new Map<string, number>();
  for (const subject of subjects) {
    const lane = laneOf(subject);
    counts.set(lane, (counts.get(lane) ?? 0) + 1);
  }
  for await (const consumer of jsm.consumers.list(names.queue.stream)) {
    const filter = consumer.config.filter_subject ?? "";
    if ((counts.get(laneOf(filter)) ?? 0) <= consumer.num_pending + consumer.num_ack_pending) continue;
    removed.push(...(await removeBelowFloor(session, filter, consumer)));
  }
  return removed;
}

/** What a subject or a filter begins with, up to the task. */
const laneOf = (subject: string): string => subject.slice(0, subject.lastIndexOf("."));

/** Below its ack floor a consumer has settled everything: what it finds there it passes over. */
async function removeBelowFloor(session: Session, filter: string, { ack_floor }: ConsumerInfo): Promise<string[]> {
  const { stream } = session.names.queue;
  const found: string[] = [];
  for (let seq = 1; seq <= ack_floor.stream_seq;) {
    // The server takes this since 2.9; the client's type has it for direct reads only, which this stream does not allow.
    const next: NextMsgRequest & { seq: number } = { seq, next_by_subj: filter };
    const message = await session.jsm.streams.getMessage(stream, next);
    if (message === null || message.seq > ack_floor.stream_seq) break;
    await removeSequences(session, stream, [message.seq]);
    found.push(message.subject);
    seq = message.seq + 1;
  }
  return found;
}
