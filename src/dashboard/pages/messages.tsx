import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getMessages, post, problemFrom } from "../api.js";
import { events, isSteerable } from "../live/store.js";
import { go, hrefTo, place } from "../router.js";
import type { ChannelMessage } from "../wire.js";
import { type Read, useRead } from "../ui/async.js";
import { Empty, Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";
import { Line, Lines } from "../ui/text.js";
import { Moment } from "../ui/time.js";
import { say } from "../ui/toast.js";

/** Those for talk first; on the others only mjagent speaks. */

const CHANNELS = [
  "general",
  "coordination",
  "roadmap",
  "errors",
  "tasks.available",
  "tasks.claimed",
  "tasks.completed",
  "tasks.failed",
];

/** Not every channel is told of over the live connection. */
const REREAD_MS = 3_000;

/** What agents, people and mjagent say on the channels. */
export default function MessagesPage() {
  const channel = place.value.path[1] ?? "general";
  const messages = useRead((signal) => getMessages(channel, signal), [channel, events.value[0]?.seq]);
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (document.visibilityState === "visible") messages.again();
    }, REREAD_MS);
    return () => window.clearInterval(timer);
  }, [channel]);
  return (
    <div class="page messages">
      <header class="page-head">
        <h1>Messages</h1>
      </header>
      <nav class="chips" aria-label="Channels">
        {[...new Set([...CHANNELS, channel])].map((name) => (
          <a
            key={name}
            class="chip"
            href={hrefTo(["messages", name])}
            aria-current={name === channel ? "page" : undefined}
          >
            {name}
          </a>
        ))}
        <OtherChannel />
      </nav>
      {messages.problem.value && <Trouble problem={messages.problem.value} />}
      <Said key={channel} messages={messages} channel={channel} />
      {!/^(errors|tasks|heartbeat)\b/.test(channel) && <Say channel={channel} onSaid={messages.again} />}
    </div>
  );
}

function OtherChannel() {
  const name = useSignal("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.value.trim() !== "") go(hrefTo(["messages", name.value.trim()]));
        name.value = "";
      }}
    >
      <input
        type="text"
        class="small-search"
        aria-label="Another channel"
        placeholder="another: agent.Debbie.note"
        value={name}
        onInput={(event) => void (name.value = event.currentTarget.value)}
      />
    </form>
  );
}

function Said({ messages, channel }: { messages: Read<ChannelMessage[]>; channel: string }) {
  const { value } = messages.value;
  if (value === null) return messages.problem.value ? null : <Loading what="the messages" />;
  if (value.length === 0)
    return (
      <Empty
        title={`Nothing was said on ${channel} yet. Say the first thing below; or, with the prefix of your workspace:`}
        command={`nats pub mjwork.${channel} '{"message":"hello"}'`}
      />
    );
  return (
    <ol class="said" aria-label={`Messages on ${channel}`}>
      {[...value].reverse().map((message) => (
        <Message key={message.seq} message={message} />
      ))}
    </ol>
  );
}

/** The words of a message, when it has some. */
function wordsOf(body: unknown): { who: string | null; text: string | null } {
  if (typeof body !== "object" || body === null) return { who: null, text: typeof body === "string" ? body : null };
  const of = body as Record<string, unknown>;
  const textOf = (...names: string[]): string | null =>
    names.map((name) => of[name]).find((value) => typeof value === "string") ?? null;
  return { who: textOf("from", "agent_id", "created_by"), text: textOf("message", "text", "title", "summary", "item") };
}

function Message({ message }: { message: ChannelMessage }) {
  const { who, text } = wordsOf(message.body);
  const task = (message.body as { task_id?: unknown } | null)?.task_id;
  return (
    <li>
      <Moment of={message.time} />
      <div class="said-body">
        <p>
          {who !== null && (
            <strong>
              <Line of={who} />{" "}
            </strong>
          )}
          {text !== null && <Line of={text} />}
          {typeof task === "string" && (
            <a class="said-task" href={hrefTo(["tasks", task])}>
              <code>{task}</code>
            </a>
          )}
        </p>
        <details open={text === null}>
          <summary>JSON</summary>
          <Lines of={JSON.stringify(message.body, null, 2)} />
        </details>
      </div>
    </li>
  );
}

function Say({ channel, onSaid }: { channel: string; onSaid: () => void }) {
  const text = useSignal("");
  const send = async (): Promise<void> => {
    const message = text.value.trim();
    if (message === "") return;
    try {
      await post(`api/messages/${encodeURIComponent(channel)}`, { message });
      text.value = "";
      onSaid();
    } catch (error) {
      const { message: what, hint } = problemFrom(error);
      say({ tone: "bad", text: hint === null ? what : `${what}: ${hint}` });
    }
  };
  return (
    <form
      class="say"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <input
        type="text"
        aria-label={`Say something on ${channel}`}
        placeholder={`Say something on ${channel}`}
        maxLength={4_000}
        value={text}
        onInput={(event) => void (text.value = event.currentTarget.value)}
      />
      <button type="submit" class="button primary" disabled={!isSteerable.value}>
        Send
      </button>
    </form>
  );
}
