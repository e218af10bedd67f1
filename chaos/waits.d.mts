import type { TaskRecord } from "../src/domain/task.js";
import type { Facts } from "./check.mjs";

/** What is known of who could have taken which task when; times in epoch ms. */
export interface WaitFacts extends Pick<Facts, "records" | "runs" | "lives"> {
  records: TaskRecord[];
  /** When tasks became available. */
  availableAt: { task: string; at: number }[];
  /** Ids of the launchers that take each type of task. */
  takers: Record<string, string[]>;
  told: { launcher: string; event: string; at: number }[];
  faults: { kind: string; at: number; until: number; launcher?: string; server?: string; skipped?: string }[];
  endedAt: number;
}

export function idleWaits(facts: WaitFacts): {
  waits: { task: string; ms: number }[];
  stalls: { task: string; what: string }[];
};
