import { countOf } from "../format.js";
import { Graph } from "../graph/graph.js";
import { hrefTo } from "../router.js";
import { useNarrow } from "../ui/narrow.js";
import { StatusMark } from "../ui/status.js";
import { Line } from "../ui/text.js";
import type { GraphNode, TaskGraph } from "../wire.js";
import { nearestOf } from "./nearest.js";

const NODE = { width: 168, height: 66 };
const NO_LABEL = { width: 0, height: 0 };

/** The tasks around one, as boxes: handed on along the arrows, or waited for. */
export function GraphPanel({ graph }: { graph: TaskGraph }) {
  const direction = useNarrow() ? "down" : "right";
  const { nodes, edges, left_out: left } = nearestOf(graph);
  if (nodes.length < 2) return null;
  const has = (kind: string): boolean => edges.some((edge) => edge.kind === kind);
  return (
    <section class="panel" aria-labelledby="graph-title">
      <h2 id="graph-title">Graph</h2>
      <Graph
        name="The tasks around this one"
        direction={direction}
        node={NODE}
        label={NO_LABEL}
        focus={graph.task_id}
        nodes={nodes.map((node) => ({
          id: node.task_id,
          children: <Task node={node} isFocus={node.task_id === graph.task_id} />,
        }))}
        edges={edges.map(({ from, to, kind }) => ({
          ...{ id: `${kind} ${from} ${to}`, from, to },
          ...{ width: 1.5, isDashed: kind === "blocks" },
        }))}
      />
      <p class="faint graph-key">
        {[
          has("handoff") && "solid: handed on",
          has("blocks") && "dashed: waited for",
          left > 0 && `${countOf(left, "more task")} ${left === 1 ? "is" : "are"} not drawn`,
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </section>
  );
}

const Task = ({ node: { task_id, title, status }, isFocus }: { node: GraphNode; isFocus: boolean }) => (
  <>
    <a
      class="graph-title"
      href={hrefTo(["tasks", task_id])}
      title={title ?? task_id}
      aria-current={isFocus ? "page" : undefined}
    >
      {title === null ? <code>{task_id}</code> : <Line of={title} />}
    </a>
    {status === null ? <span class="faint">not there any more</span> : <StatusMark status={status} />}
  </>
);
