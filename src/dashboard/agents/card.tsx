import type { HistoryEntry } from "../../domain/history.js";
import type { AgentState } from "../../domain/snapshot.js";
import { runningTitles } from "../live/titles.js";
import { hrefTo } from "../router.js";
import { AgentMark } from "../ui/status.js";
import { Line } from "../ui/text.js";
import { Age } from "../ui/time.js";

export interface AgentViewProps {
  agent: AgentState;
  last: HistoryEntry | undefined;
  /** Whether its role, or everything, is held back. */
  isPaused: boolean;
}

/** An agent in the grid. */
export const AgentCard = ({ agent, last, isPaused }: AgentViewProps) => (
  <article class="agent-card" aria-label={agent.agent_id}>
    <header>
      <h2>
        <a href={tasksOf(agent)}>
          <Line of={agent.agent_id} />
        </a>
      </h2>
      <AgentMark agent={agent} />
    </header>
    <p class="faint agent-role">
      <Line of={agent.role} />
      {isPaused && <span class="tone-warn"> paused</span>}
    </p>
    <p class="agent-task">
      <CurrentTask agent={agent} last={last} />
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
export const AgentRow = ({ agent, last, isPaused }: AgentViewProps) => (
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
      <Line of={agent.role} />
      {isPaused && <span class="tone-warn"> paused</span>}
    </div>
    <div role="cell" class="cell">
      <CurrentTask agent={agent} last={last} />
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
  </div>
);

const tasksOf = ({ agent_id }: AgentState): string => hrefTo(["tasks"], { q: `agent:"${agent_id}"` });

/** What it does, or what it did last. */
function CurrentTask({ agent, last }: Pick<AgentViewProps, "agent" | "last">) {
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
  if (!last?.task_id) return <span class="faint">nothing now</span>;
  return (
    <span class="faint">
      last {last.kind}:{" "}
      <a href={hrefTo(["tasks", last.task_id])}>
        <Line of={last.text} />
      </a>
    </span>
  );
}
