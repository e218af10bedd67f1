/** Spans of time as `[from, to]`; the lists that come out are sorted and do not touch. */

/** What is in any of them. */
export function union(spans) {
  const merged = [];
  for (const [from, to] of spans.filter(([a, b]) => a < b).toSorted((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before && from <= before[1]) before[1] = Math.max(before[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** What is in both. */
export const intersect = (one, other) =>
  union(one.flatMap(([from, to]) => other.map(([a, b]) => [Math.max(from, a), Math.min(to, b)])));

/** What is in the first and not in the second. */
export function subtract(spans, taken) {
  const edges = [Number.NEGATIVE_INFINITY, ...union(taken).flat(), Number.POSITIVE_INFINITY];
  const rest = [];
  for (let i = 0; i < edges.length; i += 2) rest.push([edges[i], edges[i + 1]]);
  return intersect(spans, rest);
}

/** The longest; null when there is none. */
export const longest = (spans) =>
  spans.reduce((best, span) => (best && best[1] - best[0] >= span[1] - span[0] ? best : span), null);
