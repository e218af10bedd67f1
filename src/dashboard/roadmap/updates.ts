import type { ChannelMessage } from "../wire.js";
import { readRoadmap, type RoadmapLine } from "./markdown.js";

/** What somebody said of the roadmap. */
export interface RoadmapUpdate {
  seq: number;
  time: string;
  who: string | null;
  text: string;
  /** Null: it is no item. */
  done: boolean | null;
  task_id: string | null;
}

export interface Roadmap {
  lines: RoadmapLine[];
  /** When it was told; null: no message carries the whole, and `lines` are the items of the updates. */
  told: { at: string; who: string | null } | null;
  /** Newest first. */
  updates: RoadmapUpdate[];
}

/** Longer ones are cut: as long as an announced one may be, twice. */
const MOST_CHARACTERS = 200_000;

/**
 * The roadmap as the messages of its channel tell it: the newest that carries all of it (`roadmap`, Markdown), else the
 * items by the newest word on each. Pure. @param messages oldest first
 */
export function roadmapOf(messages: readonly ChannelMessage[]): Roadmap {
  const newestFirst = [...messages].reverse();
  const updates = newestFirst.flatMap((message) => updateOf(message) ?? []);
  for (const { body, time } of newestFirst) {
    const whole = textOf(body, "roadmap");
    if (whole === null) continue;
    return {
      lines: readRoadmap(whole.slice(0, MOST_CHARACTERS)),
      told: { at: time, who: textOf(body, "agent_id", "from") },
      updates,
    };
  }
  return { lines: itemsOf(updates), told: null, updates };
}

/** Each item once, as the newest update has it, in the order in which they were first named. */
function itemsOf(updates: readonly RoadmapUpdate[]): RoadmapLine[] {
  const items = new Map<string, boolean>();
  for (const { text, done } of [...updates].reverse()) if (done !== null) items.set(text, done);
  return [...items].map(([text, done]) => ({ kind: "item", depth: 0, text, done }));
}

function updateOf({ seq, time, body }: ChannelMessage): RoadmapUpdate | null {
  const item = textOf(body, "item");
  const text = item ?? textOf(body, "message", "text", "title", "summary");
  if (text === null) return null;
  const { done } = body as { done?: unknown };
  return {
    ...{ seq, time, text, who: textOf(body, "agent_id", "from"), task_id: textOf(body, "task_id") },
    done: item === null ? null : done === true,
  };
}

/** The first of these fields that is a text. */
function textOf(body: unknown, ...names: string[]): string | null {
  if (typeof body !== "object" || body === null) return null;
  const fields = body as Record<string, unknown>;
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}
