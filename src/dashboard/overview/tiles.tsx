import type { ComponentChildren } from "preact";
import { costText, countText } from "../format.js";
import { hrefTo } from "../router.js";
import type { Overview } from "../wire.js";
import { Age } from "../ui/time.js";

const tasksWith = (q: string): string => hrefTo(["tasks"], { q });

export function Tiles({ overview }: { overview: Overview }) {
  const { queued, running, waiting, failed_24h, agents, cost_today_usd, tokens_today, queue } = overview;
  return (
    <ul class="tiles" aria-label="Figures">
      <Tile name="Queued" count={queued} href={tasksWith("status:available")}>
        {queue.oldest_at === null ? (
          "nothing waits"
        ) : (
          <>
            oldest <Age of={queue.oldest_at} />
          </>
        )}
      </Tile>
      <Tile
        name="Running"
        count={running}
        href={tasksWith("status:in_progress")}
        tone={running > 0 ? "accent" : undefined}
      >
        {`on ${countText(agents.online)} agent${agents.online === 1 ? "" : "s"}`}
      </Tile>
      <Tile name="Waiting" count={waiting} href={tasksWith("status:blocked,scheduled,awaiting_approval")}>
        {waitingText(overview)}
      </Tile>
      <Tile
        name="Failed, 24 h"
        count={failed_24h}
        href={tasksWith("status:failed since:24h")}
        tone={failed_24h > 0 ? "bad" : undefined}
      >
        {failed_24h === 0 ? "none" : "see which"}
      </Tile>
      <Tile
        name="Agents online"
        count={agents.online}
        href={hrefTo(["agents"])}
        tone={agents.lost > 0 ? "bad" : undefined}
      >
        {agents.lost > 0 ? `${countText(agents.lost)} lost` : "none lost"}
      </Tile>
      <Tile
        name="Cost today"
        count={costText(cost_today_usd)}
        href={hrefTo(["tasks"], { q: "since:24h", sort: "cost", order: "desc" })}
      >
        {`${countText(tokens_today)} tokens`}
      </Tile>
    </ul>
  );
}

function waitingText({ tasks }: Overview): string {
  const parts = [
    [tasks.awaiting_approval, "to approve"],
    [tasks.blocked, "blocked"],
    [tasks.scheduled, "scheduled"],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, words]) => `${countText(count)} ${words}`);
  // What waits for a person goes before what waits for time.
  return shown.slice(0, 2).join(", ") || "none";
}

interface TileProps {
  name: string;
  count: number | string;
  href: string;
  tone?: "accent" | "bad" | undefined;
  children: ComponentChildren;
}

const Tile = ({ name, count, href, tone, children }: TileProps) => (
  <li>
    <a class={`tile${tone ? ` tone-${tone}` : ""}`} href={href}>
      <span class="tile-name">{name}</span>
      <span class="tile-count num">{typeof count === "number" ? countText(count) : count}</span>
      <span class="tile-more">{children}</span>
    </a>
  </li>
);
