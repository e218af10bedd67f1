import { useEffect, useRef } from "preact/hooks";
import { AgentCard, AgentRow } from "../agents/card.js";
import { DrainDialog } from "../agents/drain.js";
import { findAgents } from "../agents/find.js";
import { Pauses } from "../agents/pauses.js";
import { Views } from "../agents/views.js";
import { countText } from "../format.js";
import { agents, isKnown, overview } from "../live/store.js";
import { followTitles } from "../live/titles.js";
import { go, hrefTo, place } from "../router.js";
import { Empty } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";
import { useWidth } from "../ui/width.js";
import { useWindow } from "../ui/virtual.js";
import "../styles/agents.css";

const CARD_PX = 280;
const CARD_HEIGHT_PX = 140;
const ROW_PX = 36;

/** Who is there, and what each does. */
export default function AgentsPage() {
  useEffect(followTitles, []);
  if (!isKnown.value) return <Loading what="the agents" />;
  const { params } = place.value;
  const q = params.get("q") ?? "";
  const view = params.get("view") === "table" ? "table" : "grid";
  const all = agents.value;
  const shown = findAgents(all, q);
  const roles = [...new Set(all.map(({ role }) => role))].sort();
  return (
    <div class="page agents">
      <header class="page-head">
        <h1>Agents</h1>
        <span class="faint num">
          {shown.length === all.length
            ? countText(all.length)
            : `${countText(shown.length)} of ${countText(all.length)}`}
        </span>
        <span class="spacer" />
        <input
          type="search"
          class="small-search"
          aria-label="Search the agents"
          placeholder="name, role, host, lost …"
          value={q}
          onInput={(event) => {
            const query = { q: event.currentTarget.value, view: view === "grid" ? "" : view };
            go(hrefTo(["agents"], query), { replace: true });
          }}
        />
        <Views shown={view} q={q} />
      </header>
      {(all.length > 0 || (overview.value?.paused.length ?? 0) > 0) && (
        <Pauses paused={overview.value?.paused ?? []} roles={roles} />
      )}
      {all.length === 0 ? (
        <Empty title="No agent is running. Start those of this folder:" command="mjagent run --all" />
      ) : shown.length === 0 ? (
        <Empty title="No agent is like that." />
      ) : (
        <List key={view} view={view} shown={shown} />
      )}
      <DrainDialog />
    </div>
  );
}

/** However many there are, the page holds those on the screen. */
function List({ view, shown }: { view: "grid" | "table"; shown: ReturnType<typeof findAgents> }) {
  const isTable = view === "table";
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const columns = isTable ? 1 : Math.max(1, Math.floor((width + 12) / CARD_PX));
  const window = useWindow(scroller, Math.ceil(shown.length / columns), isTable ? ROW_PX : CARD_HEIGHT_PX, 3);
  const paused = overview.value?.paused ?? [];
  const One = isTable ? AgentRow : AgentCard;
  return (
    <div
      ref={scroller}
      class={`agent-list ${view}`}
      tabIndex={0}
      aria-label="Agents"
      role={isTable ? "table" : "region"}
      aria-rowcount={isTable ? shown.length : undefined}
    >
      {isTable && <Head />}
      <div class="table-rows" role={isTable ? "rowgroup" : undefined} style={{ height: `${window.height}px` }}>
        {window.items.map(({ index, start, size }) => (
          <div
            key={index}
            class="agent-line"
            role={isTable ? "presentation" : undefined}
            style={{
              transform: `translateY(${start}px)`,
              height: `${size}px`,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
          >
            {shown.slice(index * columns, (index + 1) * columns).map((agent) => (
              <One
                key={agent.agent_id}
                agent={agent}
                isPaused={paused.some(({ role }) => role === null || role === agent.role)}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

const HEADS = ["status", "agent", "role", "task", "running", "beat", "where", "drain"];

const Head = () => (
  <div class="table-head" role="rowgroup">
    <div class="row head agent-row" role="row">
      {HEADS.map((name) => (
        <div key={name} class={["running", "beat", "drain"].includes(name) ? "cell right" : "cell"} role="columnheader">
          {name}
        </div>
      ))}
    </div>
  </div>
);
