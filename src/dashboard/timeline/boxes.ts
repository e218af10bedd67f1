import type { View } from "./camera.js";
import type { Bar, Lane } from "./lanes.js";
import { xOf } from "./scale.js";

export const LANE_PX = 36;
/** However short it was, it can be seen and hit. */
const LEAST_PX = 3;
const PADDING_PX = 5;
const HIGHEST_PX = 16;
const NEAR_PX = 3;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a bar is, px from the top of all lanes and the left edge of the window. @param now epoch ms */
export function boxOf(bar: Bar, lane: Lane, at: number, { scale, offset }: View, now: number): Box {
  const x = xOf(scale, bar.from) - offset;
  const height = Math.min(HIGHEST_PX, (LANE_PX - 2 * PADDING_PX) / lane.tracks);
  const top = (LANE_PX - height * lane.tracks) / 2;
  const width = Math.max(LEAST_PX, xOf(scale, Math.min(bar.to, now)) - offset - x);
  const gap = lane.tracks > 1 ? 1 : 0;
  return { x, y: at * LANE_PX + top + bar.track * height, width, height: Math.max(1, height - gap) };
}

/** The bar at a place; of several that are near, the one that is drawn last. */
export function barAt(lanes: readonly Lane[], view: View, now: number, x: number, y: number): Bar | undefined {
  const at = Math.floor(y / LANE_PX);
  const lane = lanes[at];
  return lane?.bars.findLast((bar) => {
    const box = boxOf(bar, lane, at, view, now);
    const isBeside = x >= box.x - NEAR_PX && x <= box.x + box.width + NEAR_PX;
    return isBeside && (lane.tracks === 1 || (y >= box.y && y <= box.y + box.height + 1));
  });
}
