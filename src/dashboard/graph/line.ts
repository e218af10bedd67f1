/** px, from the upper left corner of the picture. */
export interface Point {
  x: number;
  y: number;
}

const WIDEST = 8;

/** Among more than that, wide lines would lie on one another. */
const FEW = 24;

/**
 * How wide a line is drawn that stands for so many, px: ten times as many are some px more, so that one is still seen.
 * @param lines how many there are in the picture
 */
export function widthOf(count: number, lines: number): number {
  const more = Math.log10(Math.max(1, count)) * (lines > FEW ? 0.75 : 2);
  return Math.min(WIDEST, 1.5 + more);
}

/** The points of an arrowhead at the end of a line of this width: its tip, then its other corners. */
export function arrowOf(points: readonly Point[], width: number): Point[] {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (!tip || !before) return [];
  const length = Math.hypot(tip.x - before.x, tip.y - before.y) || 1;
  const [along, across] = [8 + width, 4 + width / 2];
  const [dx, dy] = [(tip.x - before.x) / length, (tip.y - before.y) / length];
  const foot = { x: tip.x - dx * along, y: tip.y - dy * along };
  return [
    tip,
    { x: foot.x - dy * across, y: foot.y + dx * across },
    { x: foot.x + dy * across, y: foot.y - dx * across },
  ];
}

/** A smooth line through the middles between the points; it ends where the arrowhead begins, so that none shows beside it. */
export function pathOf(points: readonly Point[], width: number): string {
  const [first, ...rest] = points;
  const [, left, right] = arrowOf(points, width);
  if (!first || !left || !right) return "";
  const through = [...rest.slice(0, -1), middle(left, right)];
  const last = through.pop() ?? first;
  const curves = through.map((point, at) => {
    const next = through[at + 1];
    return `Q${text(point)} ${text(next ? middle(point, next) : last)}`;
  });
  return `M${text(first)}${curves.length === 0 ? `L${text(last)}` : curves.join("")}`;
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const text = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

export const pointsText = (points: readonly Point[]): string => points.map(text).join(" ");
