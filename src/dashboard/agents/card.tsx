import { runningTitles } from "../live/titles.js";
import { hrefTo } from "../router.js";
import type { ListedAgent } from "../wire.js";
import { statusWords } from "../words.js";
import { AgentMark } from "../ui/status.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";
import { DrainButton } from "./drain.js";

export interface AgentViewProps {
  agent: ListedAgent;
  /** Whether its role, or everything, is held back. */
  isPaused: boolean;
}

/** An agent in the grid. */
export const AgentCard = ({ agent, isPaused }: AgentViewProps) => (
  <article class="agent-card" aria-label={agent.agent_id}>
    <header>
      <h2>
        <a href={tasksOf(agent)}>
          <Line of={agent.agent_id} />
        </a>
      </h2>
      <AgentMark agent={agent} />
    </header>
    <div class="faint agent-role">
      <Role agent={agent} isPaused={isPaused} />
      <DrainButton agent={agent} />
    </div>
    <p class="agent-task">
      <CurrentTask agent={agent} />
    </p>
    <footer class="faint">
      <span class="num">
        {agent.current_tasks.length}/{agent.slots} running
      </span>
      <span>
        beat <Age of={agent.last_heartbeat} suffix=" ago" />
      </span>
    </footer>
  </article>
);

/** The same as a row. */
export const AgentRow = ({ agent, isPaused }: AgentViewProps) => (
  <div class="row agent-row" role="row">
    <div role="cell" class="cell">
      <AgentMark agent={agent} />
    </div>
    <div role="cell" class="cell">
      <a href={tasksOf(agent)}>
        <Line of={agent.agent_id} />
      </a>
    </div>
    <div role="cell" class="cell">
      <Role agent={agent} isPaused={isPaused} />
    </div>
    <div role="cell" class="cell">
      <CurrentTask agent={agent} />
    </div>
    <div role="cell" class="cell num right">
      {agent.current_tasks.length}/{agent.slots}
    </div>
    <div role="cell" class="cell right">
      <Age of={agent.last_heartbeat} />
    </div>
    <div role="cell" class="cell faint">
      <Line of={`${agent.host} pid ${agent.pid}`} />
    </div>
    <div role="cell" class="cell right">
      <DrainButton agent={agent} />
    </div>
  </div>
);

const tasksOf = ({ agent_id }: ListedAgent): string => hrefTo(["tasks"], { q: `agent:"${agent_id}"` });

/** Its role, and whether that is held back. */
const Role = ({ agent, isPaused }: AgentViewProps) => (
  <span>
    <Line of={agent.role} />
    {isPaused && <span class="tone-warn"> paused</span>}
  </span>
);

/** What it does, or what it did last. */
function CurrentTask({ agent }: { agent: ListedAgent }) {
  const { last } = agent;
  const [first, ...others] = agent.lost ? [] : agent.current_tasks;
  const title = runningTitles.value.get(first ?? "");
  if (first !== undefined) {
    return (
      <>
        <a href={hrefTo(["tasks", first])}>{title === undefined ? <code>{first}</code> : <Line of={title} />}</a>
        {others.length > 0 && <span class="faint"> and {others.length} more</span>}
      </>
    );
  }
  if (!last) return <span class="faint">nothing yet</span>;
  return (
    <span class="faint">
      {statusWords(last.outcome)} <Age of={last.ended_at} suffix=" ago" />:{" "}
      <a href={hrefTo(["tasks", last.task_id])}>
        <Line of={last.title} />
      </a>
    </span>
  );
}
