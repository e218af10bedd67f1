import type { AttemptRecord } from "../../domain/task.js";
import { now } from "../clock.js";
import { took } from "../format.js";
import type { KnownTask } from "../wire.js";
import { statusWords, type Tone } from "../words.js";
import { type IconName, Mark } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";

const OUTCOMES: Record<NonNullable<AttemptRecord["outcome"]>, { icon: IconName; tone: Tone }> = {
  completed: { icon: "completed", tone: "good" },
  failed: { icon: "failed", tone: "bad" },
  lost: { icon: "lost", tone: "bad" },
  handed_back: { icon: "scheduled", tone: "neutral" },
  cancelled: { icon: "cancelled", tone: "faint" },
};

/** Every try, the newest first. */
export function Attempts({ task }: { task: KnownTask }) {
  const history = task.history ?? [];
  if (history.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="attempts-title">
      <h2 id="attempts-title">Attempts</h2>
      <ol class="attempts" reversed>
        {[...history].reverse().map((entry) => (
          <li key={entry.epoch}>
            <Attempt entry={entry} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Attempt({ entry }: { entry: AttemptRecord }) {
  const { attempt, agent_id, started_at, ended_at, outcome, reason, message, late } = entry;
  const ms = (ended_at === null ? now.value : Date.parse(ended_at)) - Date.parse(started_at);
  const mark = outcome === null ? { icon: "in_progress" as const, tone: "accent" as const } : OUTCOMES[outcome];
  return (
    <>
      <p class="attempt-line">
        <span class="num faint">{attempt}</span>
        <Mark {...mark} words={outcome === null ? "running" : statusWords(outcome)} />
        <Line of={agent_id} />
        <span class="spacer" />
        <span class="num">{took(Math.max(0, ended_at === null ? Math.floor(ms / 1_000) * 1_000 : ms))}</span>
        <span class="faint">
          <Age of={started_at} suffix=" ago" />
        </span>
      </p>
      {reason !== null && reason !== outcome && (
        <p class="faint">
          <code>{reason}</code> {message && <Line of={message} />}
        </p>
      )}
      {late && (
        <p class="tone-warn">
          came too late: {statusWords(late.outcome)} {late.summary && <Line of={late.summary} />}
        </p>
      )}
    </>
  );
}
