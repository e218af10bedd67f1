/** A node and the ids it comes after; ids outside the graph are ignored. */
export interface DependencyNode {
  id: string;
  after: readonly string[];
}

/**
 * Puts nodes in an order in which each comes after those it depends on.
 * @returns levels: each holds the ids that depend only on earlier levels; or one cycle, as the path that closes it
 */
export function topologicalOrder(nodes: readonly DependencyNode[]): { levels: string[][] } | { cycle: string[] } {
  const inside = new Map(nodes.map((node) => [node.id, node]));
  const waiting = new Map<string, number>();
  const followers = new Map<string, string[]>();
  for (const { id, after } of nodes) {
    const needed = [...new Set(after)].filter((other) => inside.has(other));
    waiting.set(id, needed.length);
    for (const other of needed) {
      const known = followers.get(other);
      if (known) known.push(id);
      else followers.set(other, [id]);
    }
  }
  const levels: string[][] = [];
  let level = nodes.filter(({ id }) => waiting.get(id) === 0).map(({ id }) => id);
  let placed = 0;
  while (level.length > 0) {
    levels.push(level);
    placed += level.length;
    const next: string[] = [];
    for (const follower of level.flatMap((id) => followers.get(id) ?? [])) {
      const left = (waiting.get(follower) ?? 0) - 1;
      waiting.set(follower, left);
      if (left === 0) next.push(follower);
    }
    level = next;
  }
  return placed === nodes.length ? { levels } : { cycle: findCycle(inside, waiting) };
}

/** Every node that still waits has a predecessor that still waits: following them must close a circle. */
function findCycle(nodes: ReadonlyMap<string, DependencyNode>, waiting: ReadonlyMap<string, number>): string[] {
  const stuck = (id: string): boolean => (waiting.get(id) ?? 0) > 0;
  const seen = new Set<string>();
  let current = [...nodes.keys()].find(stuck);
  while (current !== undefined && !seen.has(current)) {
    seen.add(current);
    current = nodes.get(current)?.after.find(stuck);
  }
  const path = [...seen];
  return current === undefined ? path : [...path.slice(path.indexOf(current)), current];
}

const SHOWN = 5;

/** The first few of many ids, for a sentence. */
export const someOf = (ids: readonly string[], between: ", " | " or " = ", "): string =>
  ids.length <= SHOWN
    ? ids.join(between)
    : `${ids.slice(0, SHOWN).join(between)}${between === ", " ? " and " : between}${ids.length - SHOWN} more`;
