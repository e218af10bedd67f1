import "../styles/flow.css";
import { Views } from "../agents/views.js";
import { getFlow } from "../api.js";
import { now } from "../clock.js";
import { drawnOf } from "../flow/drawn.js";
import { FlowPicture } from "../flow/picture.js";
import { FlowTable } from "../flow/table.js";
import { useReread } from "../live/reread.js";
import { hrefTo, place } from "../router.js";
import { useRead } from "../ui/async.js";
import { Empty, Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";

const HOUR_MS = 3_600_000;
/** How far back one can look; null: to the beginning. */
const RANGES = new Map<string, number | null>([
  ["1h", HOUR_MS],
  ["24h", 24 * HOUR_MS],
  ["7d", 7 * 24 * HOUR_MS],
  ["all", null],
]);
const DEFAULT = "24h";
const REREAD_MS = 2_000;

/** Which role hands work to which, and where it gathers. */
export default function FlowPage() {
  const asked = place.value.params.get("since") ?? DEFAULT;
  const range = RANGES.has(asked) ? asked : DEFAULT;
  const flow = useRead((signal) => getFlow(sinceOf(range), signal), [range]);
  useReread(flow.again, REREAD_MS);
  const { value } = flow.value;
  return (
    <div class="page flow-page">
      <header class="page-head">
        <h1>Agents</h1>
        <span class="spacer" />
        <Views shown="flow" />
      </header>
      <div class="flow-bar">
        <nav class="chips" aria-label="Since when">
          {[...RANGES.keys()].map((name) => (
            <a
              key={name}
              class="chip"
              href={addressOf(name)}
              aria-current={name === range ? "page" : undefined}
              aria-label={name === "all" ? "all there is" : `the last ${name}`}
            >
              {name}
            </a>
          ))}
        </nav>
        <p class="faint">
          Tasks handed on, done and failed {range === "all" ? "so far" : `in the last ${range}`}; running and waiting
          now.
        </p>
      </div>
      {flow.problem.value && <Trouble problem={flow.problem.value} />}
      {value === null ? (
        !flow.problem.value && <Loading what="the flow" />
      ) : value.nodes.length === 0 ? (
        <Nothing range={range} />
      ) : (
        <Shown {...drawnOf(value)} />
      )}
    </div>
  );
}

const addressOf = (range: string): string =>
  hrefTo(["agents", "flow"], { since: range === DEFAULT ? undefined : range });

function sinceOf(range: string): string | null {
  const ms = RANGES.get(range) ?? null;
  return ms === null ? null : new Date(now.peek() - ms).toISOString();
}

const Shown = (drawn: ReturnType<typeof drawnOf>) => (
  <>
    <FlowPicture {...drawn} />
    <FlowTable {...drawn} />
  </>
);

const Nothing = ({ range }: { range: string }) => (
  <Empty
    title={
      range === "all"
        ? "No tasks yet. Publish the first one, here or by:"
        : `Nothing was published in the last ${range}, and nothing is open.`
    }
    command={'mjagent publish --title "Design the about page" --type design'}
  >
    {range !== "all" && <a href={addressOf("all")}>Show all there is</a>}
  </Empty>
);
