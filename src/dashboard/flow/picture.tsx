import { countOf, countText } from "../format.js";
import { Graph } from "../graph/graph.js";
import { widthOf } from "../graph/line.js";
import { everything, formatQuery } from "../query/query.js";
import { hrefTo } from "../router.js";
import { Line } from "../ui/text.js";
import type { FlowNode } from "../wire.js";
import { type Drawn, edgeId, nodeWords } from "./drawn.js";

const NODE = { width: 172, height: 66 };
/** For `1,234` and `1,234 failed` under it, whatever the figures are: they change, the picture stays. */
const LABEL = { width: 64, height: 30 };

/** The roles as boxes, and the hand-offs between them as arrows: the wider the more. */
export function FlowPicture({ nodes, edges, given }: Drawn) {
  return (
    <Graph
      name="Hand-offs between roles"
      direction="right"
      focus={nodes[0]?.id}
      node={NODE}
      label={LABEL}
      nodes={nodes.map((node) => ({
        id: node.id,
        children: <Holder node={node} given={given.get(node.id) ?? 0} />,
      }))}
      edges={edges.map((edge) => ({
        id: edgeId(edge),
        from: edge.from,
        to: edge.to,
        width: widthOf(edge.tasks, edges.length),
        words: countText(edge.tasks),
        trouble: edge.failed > 0 ? `${countText(edge.failed)} failed` : undefined,
      }))}
    />
  );
}

function Holder({ node, given }: { node: FlowNode; given: number }) {
  const { kind, role, running, waiting, done, failed } = node;
  const words = nodeWords(node);
  if (kind === "outside" || kind === "removed") {
    return (
      <>
        <strong>{words}</strong>
        <span class="faint num">{`gave ${countOf(given, "task")}`}</span>
      </>
    );
  }
  return (
    <>
      {role === null ? (
        <strong>{words}</strong>
      ) : (
        <a href={hrefTo(["tasks"], { q: formatQuery({ ...everything, role: [role] }) })} title={role}>
          <strong>
            <Line of={role} />
          </strong>
        </a>
      )}
      <span class="num">
        {running + waiting === 0 && <span class="faint">nothing now</span>}
        {running > 0 && <span class="tone-accent">{`${countText(running)} running`}</span>}
        {running > 0 && waiting > 0 && " · "}
        {waiting > 0 && `${countText(waiting)} waiting`}
      </span>
      <span class="faint num">
        {`${countText(done)} done`}
        {failed > 0 && (
          <>
            {" · "}
            <span class="tone-bad">{`${countText(failed)} failed`}</span>
          </>
        )}
      </span>
    </>
  );
}
