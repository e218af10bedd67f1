import type { Json } from "../domain/json-value.js";
import { MjError } from "../errors.js";
import { type ChannelMessage, readAbout, readChannel } from "../nats/channel-messages.js";
import { publishJson, type Session } from "../nats/session.js";
import { getRecord } from "./tasks.js";

export type { ChannelMessage } from "../nats/channel-messages.js";

const CHANNEL = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
/** What mjagent itself says there is believed. */
const OWN = /^(tasks|heartbeat|errors)(\.|$)/;

/** The newest messages of a channel of the workspace, oldest first. @throws MjError usage */
export async function readMessages(session: Session, channel: string, limit: number): Promise<ChannelMessage[]> {
  checkChannel(channel);
  return await readChannel(session, channel, limit);
}

/**
 * The newest messages whose `task_id` is this task's, on all channels but those on which mjagent tells of tasks and
 * heartbeats; oldest first. The newest 50,000 places of the event log are looked at.
 * @throws MjError not_found
 */
export async function readTaskMessages(session: Session, taskId: string, limit: number): Promise<ChannelMessage[]> {
  await getRecord(session, taskId);
  return await readAbout(session, taskId, limit);
}

/**
 * Says something on a channel. `from` and `timestamp` are added where they are not in it.
 * @param key a second message with the same one is dropped, for as long as the server remembers (2 minutes)
 * @returns its place in the event log
 * @throws MjError usage: no channel, or one that only mjagent speaks on
 */
export async function sendMessage(
  session: Session,
  channel: string,
  body: Readonly<Record<string, Json>>,
  { from, key }: { from: string; key?: string | undefined },
): Promise<number> {
  checkChannel(channel);
  if (OWN.test(channel)) {
    throw new MjError("usage", `the channel ${channel} tells what has happened to tasks and agents`, {
      hint: "publish a task instead; to talk: coordination, roadmap, general, broadcast.TYPE, agent.ID.TYPE, team.TEAM.TYPE",
    });
  }
  const said = { from, timestamp: session.now(), ...body };
  return await publishJson(session, session.names.channel(channel), said, key === undefined ? {} : { msgID: key });
}

function checkChannel(channel: string): void {
  if (channel.length <= 200 && CHANNEL.test(channel)) return;
  throw new MjError("usage", `${JSON.stringify(channel.slice(0, 100))} is not a channel`, {
    why: "a channel is words of letters, digits, _ and -, with dots between",
    hint: "such as general, coordination or tasks.failed",
  });
}
