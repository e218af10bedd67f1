import { MAX_PX_PER_MS, type Scale, scaleOf, type Stretch, timeAt, xOf } from "./scale.js";

/** What somebody looks at: nothing said means all of it, and its end, which goes on. */
export interface Camera {
  /** Null: all of it fits. */
  pxPerMs: number | null;
  /** The moment at the left edge, epoch ms; null: the end is at the right one. */
  left: number | null;
}
export const fitting: Camera = { pxPerMs: null, left: null };

/** What there is to look at, and the width of the window, px. */
export interface Stage {
  range: Stretch;
  width: number;
  /** What may be collapsed. */
  idle: readonly Stretch[];
}

export interface View {
  scale: Scale;
  /** Place of the scale at the left edge of the window, px. */
  offset: number;
}

export function viewOf({ range, width, idle }: Stage, { pxPerMs, left }: Camera): View {
  const scale = scaleOf(range, width, pxPerMs, idle);
  const end = scale.width - width;
  return { scale, offset: left === null ? end : Math.min(end, Math.max(0, xOf(scale, left))) };
}

/** @param at the place in the window that stays where it is, px */
export function zoomed(stage: Stage, camera: Camera, factor: number, at: number): Camera {
  const { scale, offset } = viewOf(stage, camera);
  const pxPerMs = Math.min(MAX_PX_PER_MS, scale.pxPerMs * factor);
  if (pxPerMs <= viewOf(stage, fitting).scale.pxPerMs) return fitting;
  const next = scaleOf(stage.range, stage.width, pxPerMs, stage.idle);
  return { pxPerMs, left: leftAt(stage, next, xOf(next, timeAt(scale, offset + at)) - at) };
}

/** @param by px to the right */
export function panned(stage: Stage, camera: Camera, by: number): Camera {
  const { scale, offset } = viewOf(stage, camera);
  return { ...camera, left: leftAt(stage, scale, offset + by) };
}

/** Moves no more than is needed to see something of a stretch. */
export function towards(stage: Stage, camera: Camera, { from, to }: Stretch): Camera {
  const { scale, offset } = viewOf(stage, camera);
  const margin = stage.width / 8;
  const [begin, end] = [xOf(scale, from) - offset, xOf(scale, to) - offset];
  if (begin > stage.width - margin) return panned(stage, camera, begin - stage.width + 2 * margin);
  return end < margin ? panned(stage, camera, end - 2 * margin) : camera;
}

const leftAt = ({ width }: Stage, scale: Scale, offset: number): number | null =>
  offset >= scale.width - width ? null : timeAt(scale, Math.max(0, offset));
