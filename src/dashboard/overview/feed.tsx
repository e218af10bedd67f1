import type { HistoryEntry } from "../../domain/history.js";
import { events } from "../live/store.js";
import { hrefTo } from "../router.js";
import type { Tone } from "../words.js";
import { type IconName, Mark } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { Moment } from "../ui/time.js";

type Kind = HistoryEntry["kind"];

const KINDS: Record<Kind, { icon: IconName; tone: Tone; words: string }> = {
  published: { icon: "plus", tone: "neutral", words: "published" },
  claimed: { icon: "in_progress", tone: "accent", words: "claimed" },
  completed: { icon: "completed", tone: "good", words: "completed" },
  failed: { icon: "failed", tone: "bad", words: "failed" },
  released: { icon: "scheduled", tone: "warn", words: "released" },
  cancelled: { icon: "cancelled", tone: "faint", words: "cancelled" },
  unblocked: { icon: "available", tone: "neutral", words: "unblocked" },
  due: { icon: "scheduled", tone: "neutral", words: "due" },
  approved: { icon: "check", tone: "good", words: "approved" },
  retried: { icon: "resume", tone: "accent", words: "retried" },
  agent_online: { icon: "agents", tone: "good", words: "online" },
  agent_offline: { icon: "offline", tone: "faint", words: "offline" },
  agent_lost: { icon: "lost", tone: "bad", words: "lost" },
  error: { icon: "errors", tone: "bad", words: "error" },
};

const SHOWN = 40;

/** What happens, as it happens; newest first. */
export function Feed() {
  const shown = events.value.slice(0, SHOWN);
  return (
    <section class="panel feed" aria-labelledby="feed-title">
      <h2 id="feed-title">Just now</h2>
      {shown.length === 0 && <p class="faint">Nothing has happened since the coordinator began to listen.</p>}
      <ol>
        {shown.map((entry) => (
          <FeedLine key={keyOf(entry)} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

const keyOf = ({ seq, time, kind, task_id }: HistoryEntry): string =>
  seq === null ? `${time} ${kind} ${task_id ?? ""}` : String(seq);

/** @param linked false where everything is about one task */
export function FeedLine({ entry, linked = true }: { entry: HistoryEntry; linked?: boolean }) {
  const { time, kind, task_id, agent_id, text } = entry;
  return (
    <li>
      <Moment of={time} />
      <Mark {...KINDS[kind]} />
      <span class="feed-text">
        {agent_id !== null && !text.startsWith(agent_id) && (
          <span class="feed-agent">
            <Line of={agent_id} />{" "}
          </span>
        )}
        {task_id === null || !linked ? (
          <Line of={text} />
        ) : (
          <a href={hrefTo(["tasks", task_id])}>
            <Line of={text} />
          </a>
        )}
      </span>
    </li>
  );
}
