import { hrefTo } from "../router.js";
import { Mark } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";
import type { RoadmapUpdate } from "./updates.js";

const SHOWN = 40;

/** What was said of the roadmap, newest first. */
export const Updates = ({ updates }: { updates: readonly RoadmapUpdate[] }) => (
  <section class="panel roadmap-updates" aria-labelledby="updates-title">
    <header>
      <h2 id="updates-title">Updates</h2>
      <a class="faint" href={hrefTo(["messages", "roadmap"])}>
        all on the channel
      </a>
    </header>
    {updates.length === 0 ? (
      <p class="faint">Nothing was said of single items.</p>
    ) : (
      <ol tabIndex={0} aria-label="Updates, newest first">
        {updates.slice(0, SHOWN).map((update) => (
          <Update key={update.seq} update={update} />
        ))}
      </ol>
    )}
  </section>
);

const Update = ({ update: { text, done, who, task_id, time } }: { update: RoadmapUpdate }) => (
  <li>
    <p class="roadmap-update">
      {done !== null && (
        <Mark icon={done ? "completed" : "available"} tone={done ? "good" : "neutral"} words={done ? "done" : "open"} />
      )}
      <Line of={text} />
    </p>
    <p class="faint">
      <Age of={time} suffix=" ago" />
      {who !== null && (
        <>
          {" · "}
          <Line of={who} />
        </>
      )}
      {task_id !== null && (
        <>
          {" · "}
          <a href={hrefTo(["tasks", task_id])}>
            <code>{task_id}</code>
          </a>
        </>
      )}
    </p>
  </li>
);
