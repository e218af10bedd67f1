/** The first nats-server whose replicated streams can be trusted with a compare-and-set. */
export const REPLICATION_FLOOR = "2.9.21";

/** First good patch release of each minor release that has bad ones. */
const FIRST_GOOD: Partial<Record<number, number>> = { 9: 21, 10: 0 };

/**
 * Whether a server may keep this many copies of a stream. Before 2.9.21 a replicated stream can acknowledge two
 * compare-and-sets that expect the same sequence (nats-io/nats-server#4320): two agents would own one task. The fix
 * came while 2.10.0 was in the making, so its pre-releases prove nothing, and neither does a version that says nothing.
 * @param version as the server tells it, such as `2.10.27`
 */
export function mayReplicate(version: string, copies: number): boolean {
  if (copies <= 1) return true;
  const [, major, minor, patch, pre] = /^(\d+)\.(\d+)\.(\d+)(-.+)?$/.exec(version) ?? [];
  if (Number(major) !== 2) return Number(major) > 2;
  const first = FIRST_GOOD[Number(minor)];
  if (first === undefined) return Number(minor) > 10;
  return Number(patch) > first || (Number(patch) === first && pre === undefined);
}
