import { useRef } from "preact/hooks";
import { hrefTo } from "../router.js";
import { Icon } from "../ui/icon.js";
import { Line } from "../ui/text.js";
import { useWindow } from "../ui/virtual.js";
import type { RoadmapLine } from "./markdown.js";
import { ProgressBar } from "./progress.js";

const ROW_PX = 26;
const INDENT_PX = 20;

/** @param taskOf the task that an item was told with */
export function RoadmapLines({
  lines,
  taskOf,
}: {
  lines: readonly RoadmapLine[];
  taskOf: (text: string) => string | null;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const window = useWindow(scroller, lines.length, ROW_PX);
  return (
    <div ref={scroller} class="roadmap-lines" tabIndex={0} role="region" aria-label="Items">
      {lines.length === 0 && <p class="faint">It is empty.</p>}
      <div class="table-rows" style={{ height: `${window.height}px` }}>
        {window.items.map(({ index, start }) => {
          const line = lines[index];
          return (
            line && (
              <div
                key={index}
                ref={window.measure}
                data-index={index}
                class={`roadmap-line ${line.kind}`}
                style={{ transform: `translateY(${start}px)` }}
              >
                <OneLine line={line} task={line.kind === "item" ? taskOf(line.text) : null} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function OneLine({ line, task }: { line: RoadmapLine; task: string | null }) {
  switch (line.kind) {
    case "heading":
      return <Heading line={line} />;
    case "item":
      return (
        <div class="roadmap-item" style={{ marginLeft: `${line.depth * INDENT_PX}px` }}>
          <span class={line.done ? "tone-good" : "tone-faint"}>
            <Icon name={line.done ? "completed" : "available"} />
            <span class="unseen">{line.done ? "done: " : "open: "}</span>
          </span>
          <span>
            <Line of={line.text} />
            {task !== null && (
              <>
                {" "}
                <a class="faint" href={hrefTo(["tasks", task])}>
                  <code>{task}</code>
                </a>
              </>
            )}
          </span>
        </div>
      );
    case "point":
      return (
        <div class="roadmap-item faint" style={{ marginLeft: `${line.depth * INDENT_PX}px` }}>
          <span aria-hidden="true">–</span>
          <Line of={line.text} />
        </div>
      );
    case "text":
      return (
        <p class="faint">
          <Line of={line.text} />
        </p>
      );
  }
}

/** The page has its own first heading. */
function Heading({ line: { level, text, progress } }: { line: RoadmapLine & { kind: "heading" } }) {
  const words = (
    <>
      <Line of={text} />
      {progress.total > 0 && <ProgressBar {...progress} />}
    </>
  );
  return level <= 2 ? <h2 class={`level-${level}`}>{words}</h2> : <h3>{words}</h3>;
}
