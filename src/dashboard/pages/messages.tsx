import { useSignal } from "@preact/signals";
import { getMessages, NEWEST_MESSAGES } from "../api.js";
import { useRereadEvery } from "../live/reread.js";
import { events } from "../live/store.js";
import { Message } from "../messages/message.js";
import { Say } from "../messages/say.js";
import { go, hrefTo, place } from "../router.js";
import type { ChannelMessage } from "../wire.js";
import { type Read, useRead } from "../ui/async.js";
import { Empty, Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";
import "../styles/said.css";

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
  useRereadEvery(messages.again, REREAD_MS, channel);
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
      {value.length === NEWEST_MESSAGES && <li class="faint said-end">These are the newest {NEWEST_MESSAGES}.</li>}
    </ol>
  );
}
