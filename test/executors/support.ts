import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { AgentSession } from "../../src/domain/agent-session.js";
import type { Outcome } from "../../src/domain/outcome.js";
import { Role } from "../../src/domain/role.js";
import { emptyResult, type TaskRecord } from "../../src/domain/task.js";
import type { UsageTold } from "../../src/domain/usage.js";
import type { ExecutorOptions } from "../../src/executors/attempt.js";
import { createExecutor } from "../../src/executors/create.js";
import type { AttemptInput, LogStream } from "../../src/executors/executor.js";
import { findMarked } from "../../src/executors/marked.js";
// What runs is recorded in the state folder.
import "../support/state-dir.js";

export const fixturesDir = fileURLToPath(new URL("../fixtures/agents/", import.meta.url));

/** The argv of one of test/fixtures/agents. */
export const fixture = (name: string, ...args: string[]): string[] => [
  process.execPath,
  join(fixturesDir, `${name}.mjs`),
  ...args,
];

export const roleOf = (run: string[], fields: object = {}): Role =>
  Role.parse({ name: "debbie", display_name: "Debbie", command: { adapter: "command", run }, ...fields });

const taskOf = (fields: Partial<TaskRecord> = {}): TaskRecord => ({
  task_id: "42",
  title: "About page",
  description: null,
  type: "design",
  phase: null,
  tags: [],
  files: [],
  priority: "normal",
  blocked_by: [],
  on_blocker_failure: "fail",
  status: "in_progress",
  owner: "Debbie",
  instance_id: "i",
  role: "debbie",
  epoch: 2,
  attempts: 1,
  max_attempts: 3,
  max_attempts_fixed: false,
  fail_when_lost: false,
  timeout_ms: null,
  require_approval: false,
  created_at: "2030-01-01T00:00:00.000Z",
  created_by: null,
  updated_at: "2030-01-01T00:00:00.000Z",
  started_at: null,
  finished_at: null,
  not_before: null,
  parent_id: null,
  payload: null,
  payload_object: null,
  payload_excerpt: null,
  result: null,
  result_object: null,
  error: null,
  session: null,
  steered: null,
  handoff: [],
  history: [],
  source_seq: null,
  ...fields,
});

export const inputOf = (task: Partial<TaskRecord> = {}, fields: Partial<AttemptInput> = {}): AttemptInput => ({
  task: taskOf(task),
  agent: { agent_id: "Debbie", role: "debbie", description: "Web design agent" },
  attempt: 1,
  epoch: 2,
  blockers: [
    { task_id: "7", title: "Research", status: "completed", result: { ...emptyResult(), summary: "use serif" } },
  ],
  parent: null,
  ...fields,
});

export interface Ran {
  outcome: Outcome;
  log: string[];
  /** What people see of it. */
  shown: string[];
  runId: string;
}

export interface RunOptions extends Partial<ExecutorOptions> {
  input?: AttemptInput;
  /** Called for each line; `abort` ends the attempt. */
  onLine?: (line: string, abort: () => void, stream: LogStream) => void;
  onSession?: (session: AgentSession) => void;
  onUsage?: (used: UsageTold) => void;
  signal?: AbortSignal;
}

/** Runs one attempt of a role to its end, and makes sure that nothing of it is left. */
export async function attempt(
  role: Role,
  { input = inputOf(), onLine, onSession, onUsage, signal, ...options }: RunOptions = {},
): Promise<Ran> {
  const runId = randomUUID();
  const log: string[] = [];
  const shownLines: string[] = [];
  const controller = new AbortController();
  const outcome = await createExecutor(role, { projectDir: fixturesDir, graceMs: 500, ...options }).run(input, {
    runId,
    signal: signal ?? controller.signal,
    ...(onSession && { onSession }),
    ...(onUsage && { onUsage }),
    log: (stream, line, shown) => {
      log.push(line);
      shownLines.push(...(shown ?? [line]));
      onLine?.(line, () => controller.abort(), stream);
    },
  });
  expect(await findMarked(runId)).toEqual([]);
  return { outcome, log, shown: shownLines, runId };
}

/** The outcome as a completed one; fails the test when it is another. */
export function completed(outcome: Outcome): Extract<Outcome, { kind: "completed" }> {
  if (outcome.kind !== "completed") throw new Error(`expected completed, got ${JSON.stringify(outcome)}`);
  return outcome;
}
