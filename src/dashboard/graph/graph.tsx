import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import "../styles/graph.css";
import { useRead } from "../ui/async.js";
import { Trouble } from "../ui/empty.js";
import { Problem } from "../api.js";
import type { Layout, Shape } from "./layout.js";
import { arrowOf, pathOf, type Point, pointsText } from "./line.js";

interface DrawnNode {
  id: string;
  children: ComponentChildren;
}

interface DrawnEdge {
  /** Its place among those with the same ends. */
  id: string;
  from: string;
  to: string;
  /** px */
  width: number;
  isDashed?: boolean;
  /** Written on it. */
  words?: string;
  /** Written under that, as what is wrong. */
  trouble?: string | undefined;
}

interface GraphProps extends Pick<Shape, "direction" | "node" | "label"> {
  /** What it is a picture of, to those who do not see it. */
  name: string;
  nodes: readonly DrawnNode[];
  edges: readonly DrawnEdge[];
  /** The node that is in sight first. */
  focus: string | undefined;
}

/** Boxes and arrows. What lays them out is read when the first is shown; they stay in place while only their words change. */
export function Graph({ name, nodes, edges, direction, node, label, focus }: GraphProps) {
  const layouts = useRead(() => import("./layout.js"), []);
  const { value } = layouts.value;
  const shape: Shape = {
    ...{ direction, node, label },
    nodes: nodes.map(({ id }) => id),
    edges: edges.map(({ id, from, to }) => ({ id, from, to })),
  };
  const layout = useMemo(() => value?.layoutOf(shape), [value, JSON.stringify(shape)]);
  if (layouts.problem.value) return <Trouble problem={NOT_DRAWN} />;
  if (!layout) return <p class="graph-wait" role="status">{`Drawing ${name} …`}</p>;
  return <Picture {...{ name, nodes, edges, node, focus, layout }} />;
}

const NOT_DRAWN = new Problem(
  "the picture could not be loaded",
  "reload: the coordinator may be of another version",
  0,
);

type PictureProps = Omit<GraphProps, "direction" | "label"> & { layout: Layout };

function Picture({ name, nodes, edges, node, focus, layout }: PictureProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const at = layout.nodes.get(focus ?? "");
    if (!at || !box.current) return;
    const { clientWidth, clientHeight } = box.current;
    box.current.scrollLeft = at.x + node.width / 2 - clientWidth / 2;
    box.current.scrollTop = at.y + node.height / 2 - clientHeight / 2;
  }, [layout]);
  return (
    <div ref={box} class="graph" role="region" aria-label={name} tabIndex={0}>
      <div class="graph-space" style={{ width: `${layout.width}px`, height: `${layout.height}px` }}>
        <svg width={layout.width} height={layout.height} aria-hidden="true">
          {edges.map((edge) => (
            <Edge key={edge.id} edge={edge} at={layout.edges.get(edge.id)} />
          ))}
          {/* After all lines: none goes through them. */}
          {edges.map((edge) => (
            <Words key={edge.id} edge={edge} at={layout.edges.get(edge.id)?.label} />
          ))}
        </svg>
        <ul>
          {nodes.map(({ id, children }) => {
            const { x = 0, y = 0 } = layout.nodes.get(id) ?? {};
            const style = { left: `${x}px`, top: `${y}px`, width: `${node.width}px`, height: `${node.height}px` };
            return (
              <li key={id} class="graph-node" style={style}>
                {children}
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

function Edge({ edge: { width, isDashed }, at }: { edge: DrawnEdge; at: ReturnType<Layout["edges"]["get"]> }) {
  if (!at) return null;
  return (
    <g class={`graph-edge${isDashed ? " dashed" : ""}`}>
      <path d={pathOf(at.points, width)} stroke-width={width} />
      <polygon points={pointsText(arrowOf(at.points, width))} />
    </g>
  );
}

/** About, of a digit or a letter; what is behind the words is as wide as they are. */
const LETTER_PX = 7;

function Words({ edge: { words, trouble }, at }: { edge: DrawnEdge; at: Point | undefined }) {
  if (!words || !at) return null;
  const { x, y } = at;
  const width = Math.max(words.length, trouble?.length ?? 0) * LETTER_PX + 4;
  const height = trouble ? 30 : 16;
  return (
    <g class="graph-words">
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} />
      <text x={x} y={trouble ? y - 2 : y + 4}>
        {words}
      </text>
      {trouble && (
        <text class="trouble-words" x={x} y={y + 12}>
          {trouble}
        </text>
      )}
    </g>
  );
}
