import type { AttemptRecord } from "../../domain/task.js";
import { now } from "../clock.js";
import { took } from "../format.js";
import type { KnownTask } from "../wire.js";
import { statusWords } from "../words.js";
import { OutcomeMark } from "../ui/status.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";

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
  return (
    <>
      <p class="attempt-line">
        <span class="num faint">{attempt}</span>
        <OutcomeMark outcome={outcome} />
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
