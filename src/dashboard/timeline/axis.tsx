import { took } from "../format.js";
import type { View } from "./camera.js";
import { xOf } from "./scale.js";

/** Two texts nearer than that would run into each other. */
const APART_PX = 46;
/** So that a text at an edge is whole. */
const EDGE_PX = 24;

/** Round moments, and below them how long the gaps were. */
export function Axis({ view, ticks, width }: { view: View; ticks: readonly number[]; width: number }) {
  const { scale, offset } = view;
  const isShown = (x: number): boolean => x > EDGE_PX && x < width - EDGE_PX;
  const gaps: { x: number; ms: number }[] = [];
  for (const { isGap, from, to, x, width: wide } of scale.pieces) {
    const left = x - offset;
    if (!isGap || left > width || left + wide < 0) continue;
    const middle = Math.min(width - EDGE_PX, Math.max(EDGE_PX, left + wide / 2));
    const last = gaps.at(-1);
    if (!last || middle - last.x >= APART_PX) gaps.push({ x: middle, ms: to - from });
  }
  // Of seconds only a deep zoom has something to say.
  const isFine = scale.pxPerMs * 60_000 > APART_PX * 2;
  return (
    <div class="timeline-axis" aria-hidden="true">
      {ticks.map((tick) => {
        const x = xOf(scale, tick) - offset;
        return (
          isShown(x) && (
            <span key={tick} class="num" style={{ left: `${x}px` }}>
              {tickText(tick, isFine)}
            </span>
          )
        );
      })}
      {gaps.map(({ x, ms }) => (
        <span key={`gap ${x}`} class="timeline-gap num" style={{ left: `${x}px` }} title="nothing ran">
          {took(ms)}
        </span>
      ))}
    </div>
  );
}

function tickText(time: number, isFine: boolean): string {
  const at = new Date(time);
  const clock = at.toLocaleTimeString("sv-SE");
  if (clock === "00:00:00") return at.toLocaleDateString("sv-SE").slice(5);
  return isFine ? clock : clock.slice(0, 5);
}
