import type { Point } from "./line.js";

export interface Size {
  width: number;
  height: number;
}

/** A line to be led from box to box. */
export interface Course {
  id: string;
  from: string;
  to: string;
  /** Where it is to pass. */
  between: readonly Point[];
  /** The middle of its label. */
  label: Point;
}

/** How far a line goes straight on from a box. */
const STRAIGHT = 18;
/** Between two lines at one side of a box, at most. */
const GAP = 14;
/** How much of a side lines leave from. */
const SPREAD = 0.7;

/**
 * Leads lines from the right side of boxes to the left side of others, or back: those at one side lie beside one another,
 * in the order of where they go. One to its own box is a loop below it.
 * @param boxes the middle of each
 */
export function routed(courses: readonly Course[], boxes: ReadonlyMap<string, Point>, box: Size): Map<string, Point[]> {
  const middleOf = (id: string): Point => boxes.get(id) ?? { x: 0, y: 0 };
  const ends = courses.flatMap(({ id, from, to, between }) => {
    if (from === to) return [];
    const [start, end] = [middleOf(from), middleOf(to)];
    const way = Math.sign(end.x - start.x) || 1;
    return [
      { key: `start ${id}`, of: start, side: way, slope: slope(start, between[0] ?? end) },
      { key: `end ${id}`, of: end, side: -way, slope: slope(end, between.at(-1) ?? start) },
    ];
  });
  const ports = new Map<string, Point & { side: number }>();
  const sides = new Map<string, typeof ends>();
  for (const end of ends) {
    const key = `${end.of.x} ${end.of.y} ${end.side}`;
    sides.set(key, [...(sides.get(key) ?? []), end]);
  }
  for (const sharing of sides.values()) {
    sharing.sort((a, b) => a.slope - b.slope);
    const gap = Math.min(GAP, (box.height * SPREAD) / Math.max(1, sharing.length - 1));
    sharing.forEach(({ key, of, side }, at) => {
      const y = of.y + (at - (sharing.length - 1) / 2) * gap;
      ports.set(key, { x: of.x + (side * box.width) / 2, y, side });
    });
  }
  return new Map(
    courses.map(({ id, from, between, label }) => {
      const [first, last] = [ports.get(`start ${id}`), ports.get(`end ${id}`)];
      if (!first || !last) return [id, loop(middleOf(from), label, box)];
      return [id, [first, straightOn(first), ...between, straightOn(last), last]];
    }),
  );
}

const slope = (from: Point, to: Point): number => (to.y - from.y) / Math.max(1, Math.abs(to.x - from.x));

const straightOn = ({ x, y, side }: Point & { side: number }): Point => ({ x: x + side * STRAIGHT, y });

function loop(of: Point, label: Point, box: Size): Point[] {
  const below = of.y + box.height / 2;
  const [near, far] = [box.width / 6, box.width / 3];
  const at = (by: number, y: number): Point => ({ x: of.x + by, y });
  return [at(near, below), at(far, label.y), at(0, label.y), at(-far, label.y), at(-near, below)];
}
