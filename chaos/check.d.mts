import type { TaskRecord } from "../src/domain/task.js";

/** One execution, as the agent wrote it down; times in epoch ms, `end` and `code` null when it did not come to its end. */
export interface Run {
  launcher: string;
  task: string;
  epoch: number;
  run_id: string;
  pid: number;
  start: number;
  end: number | null;
  code: number | null;
}

interface Span {
  launcher: string;
  from: number;
  to: number;
}

/** What is known of a run when it is over. */
export interface Facts {
  /** Acknowledged publishes; `children`: hand-offs that follow when it completes. */
  published: { title: string; task_id: string | null; children: number }[];
  cancelled: { task_id: string; acked: boolean }[];
  records: TaskRecord[];
  /** The event log: what was said on each subject. */
  events: { subject: string; seq: number; message: { task_id: string; epoch: number } }[];
  errors: { message: { reason: string; task_id?: string; epoch?: number } }[];
  /** Attempts whose late report was kept, as `<task>.<epoch>`. */
  late: string[];
  runs: Run[];
  /** Each process of each launcher; `how` it ended: `killed`, `asked`, or by itself. */
  lives: (Span & { how: string })[];
  stops: Span[];
  fullDisks: Span[];
  killedCommands: { pid: number; task: string }[];
  /** What launchers told. */
  told: { launcher: string; event: string; at: number; task_id?: string }[];
  survivors: { pid: number; run_id: string | null; command: string }[];
  stalls?: { task: string; what: string }[];
}

export interface Violation {
  kind: string;
  task: string | null;
  what: string;
}

export const VIOLATIONS: readonly string[];
export function check(facts: Facts): Violation[];
