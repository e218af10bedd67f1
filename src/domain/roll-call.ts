import type { Presence } from "./liveness.js";

/**
 * Silences that ran out longer than this before somebody began to lead were told by the leader before. It is longer
 * than a leader is missed for, and shorter than the stream knows a message again that is sent twice.
 */
const PREDECESSOR_MS = 60_000;

/** What is to be told of agents now. */
export interface RollCall {
  /** Silent for longer than their lease, which was not told yet. */
  lost: Presence[];
  /** Told to be lost, and heard again. */
  back: Presence[];
  /** Ms until the next lease may run out; null when none can. */
  recheck_ms: number | null;
}

/** Of each agent that was told to be lost: its last beat then. */
export type Absent = ReadonlyMap<string, Pick<Presence, "instance_id" | "seq">>;

/** Who fell silent, and who is back. Pure. */
export function callRoll(present: readonly Presence[], absent: Absent): RollCall {
  const lost: Presence[] = [];
  const back: Presence[] = [];
  let recheck: number | null = null;
  for (const agent of present) {
    const told = absent.get(agent.agent_id);
    const isTold = told?.instance_id === agent.instance_id;
    // Timers start anew after a break; only a beat tells that somebody is back.
    if (isTold && told.seq === agent.seq) continue;
    const left = agent.lease_ms - agent.silent_ms;
    if (left <= 0) lost.push(agent);
    else {
      if (isTold) back.push(agent);
      recheck = recheck === null ? left : Math.min(recheck, left);
    }
  }
  return { lost, back, recheck_ms: recheck };
}

/** Whom a leader that begins now takes to be told already. */
export const absentBefore = (present: readonly Presence[]): Map<string, Presence> =>
  new Map(
    present
      .filter(({ silent_ms, lease_ms }) => silent_ms >= lease_ms + PREDECESSOR_MS)
      .map((agent) => [agent.agent_id, agent]),
  );
