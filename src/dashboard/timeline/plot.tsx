import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { now } from "../clock.js";
import { useKeys } from "../keys.js";
import { go, hrefTo } from "../router.js";
import { useColours } from "../ui/colours.js";
import { useNarrow } from "../ui/narrow.js";
import { useWindow } from "../ui/virtual.js";
import { useWidth } from "../ui/width.js";
import { Axis } from "./axis.js";
import { barAt, type Box, boxOf, LANE_PX } from "./boxes.js";
import { fitting, panned, type Stage, towards, viewOf, zoomed } from "./camera.js";
import { draw } from "./draw.js";
import { useGestures } from "./gestures.js";
import { Label } from "./label.js";
import { acrossFrom, type Bar, besideOf, type Lane } from "./lanes.js";
import { idleIn, ticksOf, xOf } from "./scale.js";
import { BarTable } from "./table.js";
import { barText, Tip } from "./tip.js";

const LABEL_PX = { wide: 184, narrow: 112 };
const TICK_PX = 84;
const ZOOM_STEP = 1.6;
const HINT = "Arrow keys move from bar to bar, Enter opens its task, + and - zoom, 0 shows all.";

/** The lanes: names in the page, bars on one canvas of the window's size. @param span ms until now */
export function Plot({ lanes, span, collapsed }: { lanes: readonly Lane[]; span: number; collapsed: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const camera = useSignal(fitting);
  const selected = useSignal<Pick<Bar, "agent" | "key"> | null>(null);
  const pointed = useSignal<Pick<Bar, "agent" | "key"> | null>(null);
  const scrolled = useSignal(0);
  const labels = LABEL_PX[useNarrow() ? "narrow" : "wide"];
  const width = Math.max(1, useWidth(scroller) - labels);
  const height = scroller.current?.clientHeight ?? 0;
  const window = useWindow(scroller, lanes.length, LANE_PX, 3);
  const at = now.value;
  const ran = useMemo(() => lanes.flatMap(({ bars }) => bars), [lanes]);
  const idle = useMemo(() => (collapsed ? idleIn({ from: at - span, to: at }, ran) : []), [ran, collapsed, at, span]);
  const stage: Stage = { range: { from: at - span, to: at }, width, idle };
  const view = viewOf(stage, camera.value);
  const ticks = ticksOf(view.scale, [view.offset, view.offset + width], TICK_PX);

  const found = (of: Pick<Bar, "agent" | "key"> | null): Bar | undefined =>
    of ? lanes.find(({ agent }) => agent === of.agent)?.bars.find(({ key }) => key === of.key) : undefined;
  const chosen = found(selected.value);
  const hovered = found(pointed.value);
  const told = hovered ?? chosen;

  const boxed = (bar: Bar | undefined): Box | undefined => {
    const index = bar ? lanes.findIndex(({ agent }) => agent === bar.agent) : -1;
    const box = bar && lanes[index] && boxOf(bar, lanes[index], index, view, at);
    return box && box.x < width && box.x + box.width > 0 ? { ...box, y: box.y - scrolled.value } : undefined;
  };
  const box = boxed(told);
  const zoom = (factor: number, place: number): void =>
    void (camera.value = zoomed(stage, camera.value, factor, place));
  /** Around what is selected; else the end stays where it is while it is followed. */
  const zoomStep = (factor: number): void => {
    const around = boxed(chosen);
    const middle = around && Math.min(width, Math.max(0, around.x) + Math.min(around.width, width) / 2);
    zoom(factor, middle ?? (camera.value.left === null ? width : width / 2));
  };
  const open = ({ task_id }: Bar): void => go(hrefTo(["tasks", task_id]));
  const select = (bar: Bar | undefined): void => {
    if (!bar) return;
    selected.value = bar;
    pointed.value = null;
    camera.value = towards(stage, camera.value, { from: bar.from, to: Math.min(bar.to, at) });
    window.scrollTo(lanes.findIndex(({ agent }) => agent === bar.agent));
  };
  const move = (key: string): void => {
    const lane = chosen && lanes.find(({ agent }) => agent === chosen.agent);
    if (!chosen || !lane) select(lanes.find(({ bars }) => bars.length > 0)?.bars.at(-1));
    else if (key === "ArrowLeft" || key === "ArrowRight") select(besideOf(lane, chosen, key === "ArrowLeft" ? -1 : 1));
    else select(acrossFrom(lanes, chosen, key === "ArrowUp" ? -1 : 1));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== scroller.current) return;
    if (event.key.startsWith("Arrow")) move(event.key);
    else if (event.key === "Enter" && chosen) open(chosen);
    else if (event.key === "Escape" && chosen) selected.value = null;
    else return;
    event.preventDefault();
  };
  useKeys({
    "+": () => zoomStep(ZOOM_STEP),
    "=": () => zoomStep(ZOOM_STEP),
    "-": () => zoomStep(1 / ZOOM_STEP),
    "0": () => void (camera.value = fitting),
  });
  useGestures(scroller, labels, {
    pan: (by) => void (camera.value = panned(stage, camera.value, by)),
    zoom,
    point: (place) => void (pointed.value = (place && barAt(lanes, view, at, place.x, place.y)) ?? null),
    press: ({ x, y }) => {
      const bar = barAt(lanes, view, at, x, y);
      if (bar) open(bar);
    },
  });
  useEffect(() => void (camera.value = fitting), [span]);
  const colours = useColours();
  useLayoutEffect(() => {
    const picture = { lanes, scrolled: scrolled.value, view, ticks, now: at, selected: chosen, pointed: hovered };
    if (canvas.current) draw(canvas.current, width, height, picture);
  }, [lanes, scrolled.value, camera.value, at, told, width, height, collapsed, colours]);

  const onScreen = (): Bar[] => {
    const shown = lanes.slice(Math.floor(scrolled.value / LANE_PX), Math.ceil((scrolled.value + height) / LANE_PX));
    const isShown = ({ from, to }: Bar): boolean =>
      xOf(view.scale, Math.min(to, at)) >= view.offset && xOf(view.scale, from) <= view.offset + width;
    return shown.flatMap(({ bars }) => bars.filter(isShown));
  };
  return (
    <>
      <div class="timeline-frame" style={{ "--labels": `${labels}px` }}>
        <Axis view={view} ticks={ticks} width={width} />
        <div class="timeline-body">
          <div
            ref={scroller}
            class={`timeline-lanes${hovered ? " pointing" : ""}`}
            tabIndex={0}
            role="group"
            aria-label={`Attempts by agent. ${HINT}`}
            onScroll={(event) => void (scrolled.value = event.currentTarget.scrollTop)}
            onKeyDown={onKeyDown}
          >
            <div class="table-rows" style={{ height: `${window.height}px` }}>
              {window.items.map(({ index, start }) => {
                const shown = lanes[index];
                return (
                  shown && <Label key={shown.agent} lane={shown} top={start} isLast={index === lanes.length - 1} />
                );
              })}
            </div>
          </div>
          <canvas ref={canvas} class="timeline-canvas" style={{ width: `${width}px` }} aria-hidden="true" />
          {told && box && (
            <div class="timeline-tips">
              <Tip bar={told} box={box} width={width} height={height} />
            </div>
          )}
        </div>
        <Tools onZoom={zoomStep} onFit={() => void (camera.value = fitting)} />
      </div>
      <p class="unseen" role="status">
        {chosen && barText(chosen, at)}
      </p>
      <BarTable bars={onScreen} />
    </>
  );
}

const Tools = ({ onZoom, onFit }: { onZoom: (factor: number) => void; onFit: () => void }) => (
  <div class="timeline-tools" role="group" aria-label="Zoom">
    <button type="button" class="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => onZoom(ZOOM_STEP)}>
      +
    </button>
    <button
      type="button"
      class="button"
      aria-label="Zoom out"
      title="Zoom out (-)"
      onClick={() => onZoom(1 / ZOOM_STEP)}
    >
      −
    </button>
    <button type="button" class="button" title="All of it (0)" onClick={onFit}>
      Fit
    </button>
  </div>
);
