import { useMemo } from "preact/hooks";
import { parseDuration } from "../../domain/duration.js";
import "../styles/timeline.css";
import { Views } from "../agents/views.js";
import { now } from "../clock.js";
import { countOf, momentText, took } from "../format.js";
import { agents, isKnown } from "../live/store.js";
import { go, hrefTo, place } from "../router.js";
import { lanesOf } from "../timeline/lanes.js";
import { Legend } from "../timeline/legend.js";
import { Plot } from "../timeline/plot.js";
import { useTimeline } from "../timeline/read.js";
import { Empty, Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";

const RANGES = ["15m", "1h", "6h", "24h"] as const;
const DEFAULT_RANGE = "1h";
const NAMES: Record<(typeof RANGES)[number], string> = { "15m": "15 m", "1h": "1 h", "6h": "6 h", "24h": "24 h" };

const addressOf = (since: string, isWhole: boolean): string =>
  hrefTo(["agents", "timeline"], { since: since === DEFAULT_RANGE ? "" : since, idle: isWhole ? "shown" : "" });

/** Who worked on what, and when: a lane for each agent. */
export default function TimelinePage() {
  const { params } = place.value;
  const asked = parseDuration(params.get("since") ?? "");
  const since = asked === undefined || asked === 0 ? DEFAULT_RANGE : (params.get("since") ?? "");
  const span = parseDuration(since) ?? 0;
  const isWhole = params.get("idle") === "shown";
  const { known, forgotten, problem } = useTimeline(span);
  const lanes = useMemo(() => lanesOf(known.value ?? new Map(), agents.value), [known.value, agents.value]);
  const count = lanes.reduce((sum, { bars }) => sum + bars.length, 0);
  const running = lanes.reduce((sum, each) => sum + each.running, 0);
  return (
    <div class="page agents timeline">
      <header class="page-head">
        <h1>Agents</h1>
        <span class="faint num">
          {countOf(count, "attempt")}, {running} running
        </span>
        <span class="spacer" />
        <Views shown="timeline" />
      </header>
      <div class="timeline-bar">
        <nav class="chips" aria-label="How far back">
          {RANGES.map((range) => (
            <a
              key={range}
              class="chip"
              href={addressOf(range, isWhole)}
              aria-current={range === since ? "true" : undefined}
            >
              {NAMES[range]}
            </a>
          ))}
        </nav>
        <button
          type="button"
          class="chip"
          aria-pressed={!isWhole}
          title="Stretches in which nothing ran are as narrow as a mark"
          onClick={() => go(addressOf(since, !isWhole), { replace: true })}
        >
          Idle time collapsed
        </button>
        <Legend />
      </div>
      {problem.value && <Trouble problem={problem.value} />}
      {forgotten.value !== null && forgotten.value > now.value - span && (
        <p class="faint timeline-note">
          Of the attempts that ended before {momentText(new Date(forgotten.value).toISOString(), now.value)} not all are
          known any more: only the newest are kept.
        </p>
      )}
      {!isKnown.value || known.value === null ? (
        !problem.value && <Loading what="the timeline" />
      ) : lanes.length === 0 ? (
        <Empty title="No agent is running. Start those of this folder:" command="mjagent run --all" />
      ) : count === 0 ? (
        <Empty
          title={`Nothing ran in the last ${took(span)}. Look further back, or publish something:`}
          command={'mjagent publish --title "Design the about page" --type design'}
        />
      ) : (
        <Plot lanes={lanes} span={span} collapsed={!isWhole} />
      )}
    </div>
  );
}
