import type { Beat } from "./message.js";

/** Whether the instance that owns a task is still there; `recheck_ms`: when its lease could run out. */
export type Verdict = { lost: false; recheck_ms: number } | { lost: true; why: string };

interface Seen {
  instance_id: string;
  role: string;
  /** The provider account it works with, as far as that is known. */
  account: string | null;
  /** What it works at. */
  tasks: readonly string[];
  seq: number;
  at: number;
  lease_ms: number;
  offline: boolean;
  /** It was seen to be there: a beat came while we listened, or it owns running work. */
  heard: boolean;
  /** After a break the stream may have lost its last messages and count from lower: any next beat is news. */
  afterBreak: boolean;
}

/** An agent that was there, and for how long it has been silent. */
export interface Presence {
  agent_id: string;
  instance_id: string;
  lease_ms: number;
  silent_ms: number;
  /** Sequence of its last beat. */
  seq: number;
}

/**
 * Who is alive, judged by one observer on its own monotonic clock: silence is measured from the last beat this
 * observer saw, so no two clocks are ever compared. Times in ms.
 */
export class Liveness {
  readonly #agents = new Map<string, Seen>();
  /** Owners no beat was seen of: silence counts from when they were first asked about. */
  readonly #unseen = new Map<string, number>();

  constructor(private readonly defaultLeaseMs: number) {}

  /**
   * Notes an accepted beat. The stream accepts beats in order, so a new instance id means the old one is gone.
   * @param seq its sequence in the stream; one that was noted before is no news
   * @param heard false for one that was stored before we listened, maybe long ago
   * @returns whether the agent came, came back, went, or is another instance now
   */
  beat(
    beat: Pick<Beat, "agent_id" | "instance_id" | "role" | "status" | "lease_ms" | "current_tasks" | "account">,
    seq: number,
    now: number,
    heard = true,
  ): boolean {
    const before = this.#agents.get(beat.agent_id);
    if (before && before.seq >= seq && !before.afterBreak) return false;
    const offline = beat.status === "offline";
    const { instance_id, lease_ms, role, account = null, current_tasks: tasks } = beat;
    const seen = { instance_id, role, account, tasks, seq, at: now, lease_ms, offline, heard, afterBreak: false };
    this.#agents.set(beat.agent_id, seen);
    this.#unseen.delete(beat.agent_id);
    if (before?.instance_id !== instance_id || before.offline !== offline) return true;
    return now - before.at >= before.lease_ms;
  }

  /** Those that were seen to be there and have not said goodbye. */
  present(now: number): Presence[] {
    return [...this.#agents]
      .filter(([, { heard, offline }]) => heard && !offline)
      .map(([agent_id, { instance_id, at, lease_ms, seq }]) => ({
        ...{ agent_id, instance_id, lease_ms, seq },
        silent_ms: now - at,
      }));
  }

  /**
   * The roles somebody is there for, and ms until that may change by silence; null when it cannot.
   * @param isRefused whether its provider refuses an account: who works with it takes nothing for now
   */
  attended(
    now: number,
    isRefused: (account: string) => boolean,
  ): { roles: ReadonlySet<string>; recheck_ms: number | null } {
    const there = [...this.#agents.values()].filter(
      ({ heard, offline, at, lease_ms, account }) =>
        heard && !offline && now - at < lease_ms && (account === null || !isRefused(account)),
    );
    const left = there.map(({ at, lease_ms }) => lease_ms - (now - at));
    return {
      roles: new Set(there.map(({ role }) => role)),
      recheck_ms: left.length === 0 ? null : left.reduce((least, each) => Math.min(least, each)),
    };
  }

  /** Whether the last beat of an instance named this task as one that it works at. */
  isAtIt(agentId: string, instanceId: string, taskId: string): boolean {
    const seen = this.#agents.get(agentId);
    return seen?.instance_id === instanceId && seen.tasks.includes(taskId);
  }

  /** Sequence of the last beat noted of an agent; 0 when there is none. */
  lastSeq(agentId: string): number {
    return this.#agents.get(agentId)?.seq ?? 0;
  }

  /** Every timer starts anew: after a time in which beats could have been missed. */
  restart(now: number): void {
    for (const seen of this.#agents.values()) Object.assign(seen, { at: now, afterBreak: true });
    this.#unseen.clear();
  }

  verdict(agentId: string, instanceId: string, now: number): Verdict {
    const seen = this.#agents.get(agentId);
    if (!seen) {
      const since = this.#unseen.get(agentId) ?? now;
      this.#unseen.set(agentId, since);
      return this.#bySilence(agentId, now - since, this.defaultLeaseMs);
    }
    if (seen.instance_id !== instanceId) return { lost: true, why: `${agentId} was started anew` };
    if (seen.offline) return { lost: true, why: `${agentId} went offline` };
    // Work of an agent that was found lost would not be running any more.
    seen.heard = true;
    return this.#bySilence(agentId, now - seen.at, seen.lease_ms);
  }

  #bySilence(agentId: string, silence: number, lease: number): Verdict {
    if (silence < lease) return { lost: false, recheck_ms: lease - silence };
    return { lost: true, why: silenceText(agentId, silence) };
  }
}

export const silenceText = (agentId: string, silenceMs: number): string =>
  `${agentId} was silent for ${Math.round(silenceMs / 100) / 10}s`;
