/** Which of the rows that are in the page shows what, by the row's id. */
export type Slots = ReadonlyMap<string, number>;

/**
 * Gives each id a row: one that stays keeps its own; one that comes gets that of one that goes, as to change what a row
 * says costs a fraction of making one.
 * @param held has somebody's focus or finger: its row says nothing else under them
 */
export function slotsOf(before: Slots, ids: readonly string[], held: string | null): Slots {
  const stay = new Set(ids);
  const free = [...before].filter(([id]) => !stay.has(id) && id !== held).map(([, slot]) => slot);
  let next = Math.max(-1, ...before.values()) + 1;
  return new Map(ids.map((id) => [id, before.get(id) ?? free.shift() ?? next++]));
}
