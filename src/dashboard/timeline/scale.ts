/** A stretch of time, epoch ms. */
export interface Stretch {
  from: number;
  to: number;
}

/** A stretch of time and where it is, px from the beginning. */
interface Piece extends Stretch {
  x: number;
  width: number;
  /** Nothing ran: it is as narrow as a mark, however long it was. */
  isGap: boolean;
}

/** Where each moment is: piecewise linear, so that every place is a moment, too. */
export interface Scale {
  pieces: readonly Piece[];
  /** Of all, px. */
  width: number;
  /** Of what is shown at its length. */
  pxPerMs: number;
}

/** How wide a gap is drawn. */
export const GAP_PX = 36;
/** Idle stretches that would be wider than this share of the window are collapsed. */
const GAP_SHARE = 0.12;
/** A second is at most this wide: there is nothing to see in less. */
export const MAX_PX_PER_MS = 0.2;

/** The stretches of a range in which nothing ran, in order. @param ran in any order, also overlapping */
export function idleIn(range: Stretch, ran: Iterable<Stretch>): Stretch[] {
  const idle: Stretch[] = [];
  let at = range.from;
  for (const { from, to } of [...ran].sort((a, b) => a.from - b.from)) {
    if (from >= range.to) break;
    if (from > at) idle.push({ from: at, to: from });
    at = Math.max(at, to);
  }
  if (at < range.to) idle.push({ from: at, to: range.to });
  return idle;
}

const lengthOf = ({ from, to }: Stretch): number => to - from;
const sum = (stretches: readonly Stretch[]): number => stretches.reduce((all, each) => all + lengthOf(each), 0);

/**
 * Lays a range out.
 * @param width of the window, px
 * @param pxPerMs null: so that all of it fits the window
 * @param idle what may be collapsed, in order
 */
export function scaleOf(range: Stretch, width: number, pxPerMs: number | null, idle: readonly Stretch[]): Scale {
  const long = [...idle].sort((a, b) => lengthOf(b) - lengthOf(a));
  const isLong = (gap: Stretch | undefined, at: number): boolean =>
    gap !== undefined && lengthOf(gap) * at > Math.max(GAP_PX, width * GAP_SHARE);
  if (pxPerMs !== null) return layOut(range, pxPerMs, new Set(long.filter((gap) => isLong(gap, pxPerMs))));
  const total = lengthOf(range);
  let count = 0;
  let fitting = width / total;
  // What is collapsed makes room for the rest, in which others are long then; half of the window stays for what ran.
  while (isLong(long[count], fitting) && (count + 1) * GAP_PX <= width / 2) {
    const wider = (width - (count + 1) * GAP_PX) / (total - sum(long.slice(0, count + 1)));
    if (wider > MAX_PX_PER_MS) break;
    fitting = wider;
    count++;
  }
  return layOut(range, fitting, new Set(long.slice(0, count)));
}

function layOut(range: Stretch, pxPerMs: number, gaps: ReadonlySet<Stretch>): Scale {
  const pieces: Piece[] = [];
  let x = 0;
  const add = (from: number, to: number, isGap: boolean): void => {
    if (to <= from) return;
    const width = isGap ? GAP_PX : (to - from) * pxPerMs;
    pieces.push({ from, to, x, width, isGap });
    x += width;
  };
  let at = range.from;
  for (const gap of [...gaps].sort((a, b) => a.from - b.from)) {
    add(at, gap.from, false);
    add(gap.from, gap.to, true);
    at = gap.to;
  }
  add(at, range.to, false);
  return { pieces, width: x, pxPerMs };
}

/** Where a moment is, px; before and after the range at its ends. */
export function xOf({ pieces, width }: Scale, time: number): number {
  const [first] = pieces;
  if (!first || time <= first.from) return 0;
  const piece = pieces[lastAt(pieces, (each) => each.from <= time)];
  if (!piece || time >= piece.to) return width;
  return piece.x + ((time - piece.from) / lengthOf(piece)) * piece.width;
}

/** The moment at a place, epoch ms; the ends of the range beyond it. */
export function timeAt({ pieces }: Scale, x: number): number {
  const piece =
    pieces[
      Math.max(
        0,
        lastAt(pieces, (each) => each.x <= x),
      )
    ];
  if (!piece) return 0;
  const share = Math.min(1, Math.max(0, (x - piece.x) / piece.width));
  return piece.from + share * lengthOf(piece);
}

/** The last one, of those in order, to which it applies. */
function lastAt(pieces: readonly Piece[], applies: (piece: Piece) => boolean): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle];
    if (piece && applies(piece)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const DAY_MS = 86_400_000;
const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];

/**
 * Round moments of local time to write at an axis, epoch ms, at least so far apart.
 * @param left the part of the scale that is on the screen, px
 */
export function ticksOf(scale: Scale, [left, right]: readonly [number, number], apartPx: number): number[] {
  const least = apartPx / scale.pxPerMs;
  const step = (STEPS_S.find((s) => s * 1_000 >= least) ?? 0) * 1_000 || Math.ceil(least / DAY_MS) * DAY_MS;
  const ticks: number[] = [];
  for (const { from, to, x, width, isGap } of scale.pieces) {
    if (isGap || x + width < left || x > right) continue;
    const begin = Math.max(from, timeAt(scale, Math.max(x, left)));
    const zone = new Date(begin).getTimezoneOffset() * 60_000;
    for (let at = Math.ceil((begin - zone) / step) * step + zone; at < to; at += step) {
      const place = xOf(scale, at);
      if (place > right) break;
      const last = ticks.at(-1);
      if (last === undefined || place - xOf(scale, last) >= apartPx) ticks.push(at);
    }
  }
  return ticks;
}
