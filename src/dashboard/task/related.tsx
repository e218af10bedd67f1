import { getTaskGraph } from "../api.js";
import { useReread } from "../live/reread.js";
import type { TaskChange } from "../live/reduce.js";
import { hrefTo } from "../router.js";
import type { GraphNode, KnownTask, TaskGraph } from "../wire.js";
import { useRead } from "../ui/async.js";
import { StatusMark } from "../ui/status.js";
import { Line } from "../ui/text.js";

/** More would be a page of their own. */
const SHOWN = 12;
const REREAD_MS = 500;

/** The tasks around one, read again when one of them changes; null until they are known. */
export function useTaskGraph(id: string): TaskGraph | null {
  const graph = useRead((signal) => getTaskGraph(id, signal), [id]);
  const { value } = graph.value;
  const near = new Set([id, ...(value?.nodes ?? []).map(({ task_id }) => task_id)]);
  useReread(graph.again, REREAD_MS, (change) => isNear(change, near));
  return value;
}

/** What a task waits for, came from, and led to. */
export function Related({ task, graph }: { task: KnownTask; graph: TaskGraph | null }) {
  if (graph === null || graph.nodes.length < 2) return null;
  const { task_id, blocked_by, parent_id } = task;
  const led = (kind: "handoff" | "blocks"): string[] =>
    graph.edges.filter((edge) => edge.kind === kind && edge.from === task_id).map(({ to }) => to);
  const nodes = new Map(graph.nodes.map((node) => [node.task_id, node]));
  return (
    <section class="panel" aria-labelledby="related-title">
      <h2 id="related-title">Related tasks</h2>
      <Group name="Waits for" ids={blocked_by} count={blocked_by.length} nodes={nodes} />
      <Group name="Came from" ids={parent_id === null ? [] : [parent_id]} count={1} nodes={nodes} />
      <Group name="Led to" ids={led("handoff")} count={graph.children} nodes={nodes} />
      <Group name="Awaited by" ids={led("blocks")} count={graph.dependents} nodes={nodes} />
    </section>
  );
}

/** Whether a task changed that is in the graph, or one that belongs there now. */
function isNear(change: TaskChange, near: ReadonlySet<string>): boolean {
  if (change.type === "task_removed") return near.has(change.task_id);
  const { task_id, parent_id, blocked_by } = change.task;
  return near.has(task_id) || (parent_id !== null && near.has(parent_id)) || blocked_by.some((id) => near.has(id));
}

interface GroupProps {
  name: string;
  ids: readonly string[];
  /** How many there are in all. */
  count: number;
  nodes: ReadonlyMap<string, GraphNode>;
}

function Group({ name, ids, count, nodes }: GroupProps) {
  if (ids.length === 0) return null;
  const shown = ids.slice(0, SHOWN);
  return (
    <>
      <h3>{name}</h3>
      <ul class="related">
        {shown.map((id) => (
          <One key={id} id={id} node={nodes.get(id)} />
        ))}
        {count > shown.length && <li class="faint">and {count - shown.length} more</li>}
      </ul>
    </>
  );
}

function One({ id, node }: { id: string; node: GraphNode | undefined }) {
  return (
    <li>
      <a href={hrefTo(["tasks", id])}>{node?.title == null ? <code>{id}</code> : <Line of={node.title} />}</a>
      {node &&
        (node.status === null ? <span class="faint">not there any more</span> : <StatusMark status={node.status} />)}
    </li>
  );
}
