import type { AgentAttempts, Timeline } from "../wire.js";
import type { Stretch } from "./scale.js";

/** An attempt as it is drawn; times in epoch ms, `to` of one that runs is infinite. */
export interface Bar extends Stretch {
  key: string;
  agent: string;
  task_id: string;
  title: string;
  attempt: number;
  /** Null: it runs. */
  outcome: Outcome;
  /** Which of those that ran at the same time it is, from 0. */
  track: number;
}
export type Outcome = AgentAttempts["attempts"][number]["outcome"];

/** An agent and its bars, in the order in which they began. */
export interface Lane {
  agent: string;
  role: string | null;
  bars: readonly Bar[];
  tracks: number;
  running: number;
}

/** Everything that was read, by agent. */
export type Known = ReadonlyMap<string, { role: string | null; bars: ReadonlyMap<string, Bar> }>;

/**
 * Puts a later answer into an earlier one: what it tells of an attempt is newer.
 * @param oldest epoch ms: what ended before is dropped
 */
export function merged(known: Known, answer: Pick<Timeline, "agents">, oldest: number): Known {
  const next = new Map(known);
  for (const { agent_id, role, attempts } of answer.agents) {
    const before = next.get(agent_id);
    const bars = new Map([...(before?.bars ?? [])].filter(([, bar]) => bar.to >= oldest));
    for (const span of attempts) {
      const key = `${span.task_id} ${span.epoch}`;
      const { task_id, title, attempt, outcome } = span;
      const to = span.ended_at === null ? Infinity : Date.parse(span.ended_at);
      bars.set(key, {
        key,
        agent: agent_id,
        task_id,
        title,
        attempt,
        outcome,
        from: Date.parse(span.started_at),
        to,
        track: 0,
      });
    }
    next.set(agent_id, { role: role ?? before?.role ?? null, bars });
  }
  return next;
}

/** `Bob-9` before `Bob-10`. */
const byNumber = new Intl.Collator("en", { numeric: true });

/** A lane for each agent that is there or has worked, by role, then name. */
export function lanesOf(known: Known, agents: readonly { agent_id: string; role: string }[]): Lane[] {
  const roles = new Map<string, string | null>([...known].map(([agent, { role }]) => [agent, role]));
  for (const { agent_id, role } of agents) roles.set(agent_id, role);
  return [...roles]
    .map(([agent, role]) => laneOf(agent, role, [...(known.get(agent)?.bars.values() ?? [])]))
    .sort((a, b) => (a.role ?? "\uffff").localeCompare(b.role ?? "\uffff") || byNumber.compare(a.agent, b.agent));
}

/** Bars that overlap are in tracks of their own, each in the first that is free. */
function laneOf(agent: string, role: string | null, bars: readonly Bar[]): Lane {
  const ends: number[] = [];
  const placed = [...bars]
    .sort((a, b) => a.from - b.from)
    .map((bar) => {
      const free = ends.findIndex((end) => end <= bar.from);
      const track = free === -1 ? ends.length : free;
      ends[track] = bar.to;
      return { ...bar, track };
    });
  const running = placed.filter(({ to }) => to === Infinity).length;
  return { agent, role, bars: placed, tracks: Math.max(1, ends.length), running };
}

/** The bar before or after another one in its lane; at the end that one. */
export function besideOf(lane: Lane, bar: Bar, step: 1 | -1): Bar {
  return lane.bars[lane.bars.findIndex(({ key }) => key === bar.key) + step] ?? bar;
}

/** The bar nearest in time in the next lane up or down that has one; undefined when none has. */
export function acrossFrom(lanes: readonly Lane[], bar: Bar, step: 1 | -1): Bar | undefined {
  const from = lanes.findIndex(({ agent }) => agent === bar.agent);
  for (let at = from + step; at >= 0 && at < lanes.length; at += step) {
    const bars = lanes[at]?.bars ?? [];
    if (bars.length > 0) return nearest(bars, bar.from);
  }
  return undefined;
}

const nearest = (bars: readonly Bar[], time: number): Bar | undefined => {
  const away = (bar: Bar): number =>
    bar.from <= time && bar.to >= time ? 0 : Math.min(Math.abs(bar.from - time), Math.abs(bar.to - time));
  return bars.reduce<Bar | undefined>((best, bar) => (best && away(best) <= away(bar) ? best : bar), undefined);
};
