import { rate } from "./measure.mjs";
import { publishJson } from "../dist/nats/session.js";

const WORDS = "design publish convert review the about page theme of ghost website header footer menu".split(" ");
export const TYPES = ["design", "publishing", "mobiledoc_conversion"];
const LATER_MS = 86_400_000;

/** Of 100: 80 completed, 5 failed, 3 cancelled, 7 available, the rest waits; over the last two days, of 100,000. */
export function taskRecord(i, { of, agents }) {
  const part = i % 100;
  const status =
    part < 80 ? "completed" : part < 85 ? "failed" : part < 88 ? "cancelled" : part < 95 ? "available" : "scheduled";
  const at = (ms) => new Date(Date.now() - (of - i) * 1_700 + ms).toISOString();
  const word = (n) => WORDS[(i * 7 + n * 5 + Math.floor(i / 13)) % WORDS.length];
  const agent_id = `Agent-${i % agents}`;
  const ran = status === "completed" || status === "failed";
  const attempt = { attempt: 1, agent_id, instance_id: `instance-${i % agents}`, epoch: 1 };
  const times = { started_at: at(2_000), ended_at: at(9_000) };
  const usage = { input_tokens: 1_000 + i, output_tokens: 50 + part, cost_usd: 0.01 * part };
  // A dispatcher makes what is due available.
  const not_before = status === "scheduled" ? new Date(Date.now() + LATER_MS).toISOString() : null;
  return {
    ...{ task_id: `t${i.toString(36)}k${(i * 7_919).toString(36)}`, title: `${word(0)} ${word(1)} ${word(2)} ${i}` },
    description: `${word(3)} ${word(4)} ${word(5)} `.repeat(10),
    ...{ type: TYPES[i % 3], phase: null, files: [], priority: "normal" },
    ...{ tags: part < 50 ? ["web", word(6)] : [], blocked_by: [], on_blocker_failure: "fail", status },
    ...{ owner: ran ? agent_id : null, instance_id: null, role: ran ? `role-${i % 8}` : null, epoch: ran ? 1 : 0 },
    ...{ attempts: ran ? 1 : 0, max_attempts: 3, max_attempts_fixed: false, fail_when_lost: false, timeout_ms: null },
    ...{ require_approval: false, created_at: at(0), created_by: "kim", updated_at: at(9_000), not_before },
    ...{ started_at: ran ? at(2_000) : null, finished_at: ran ? at(9_000) : null, parent_id: null, payload: null },
    ...{ payload_object: null, payload_excerpt: null, result_object: null, session: null, steered: null },
    result: status === "completed" ? resultOf(i, usage) : null,
    error: status === "failed" ? { reason: "exit", message: `exit code ${i % 7}: no such file /srv/${i}.html` } : null,
    ...{ handoff: [], source_seq: null },
    history: ran ? [{ ...attempt, ...times, outcome: status, reason: null }] : [],
  };
}

/** What an agent says when it is done. */
export function resultOf(i, usage) {
  const word = (n) => WORDS[(i * 7 + n * 5 + Math.floor(i / 13)) % WORDS.length];
  return {
    summary: `The ${word(1)} is done: ${word(2)} ${word(3)} ${word(4)}, ${i} words changed in ${word(5)}`,
    ...{ output: null, exit_code: 0, duration_ms: 7_000 + (i % 100), artifacts: [], usage, session_id: null },
    ...{ data: null, dropped_lines: 0, changes: null },
  };
}

/** Stores so many. @returns those that are available */
export async function storeRecords(session, of, agents) {
  const { tasks } = session.names;
  const available = [];
  let next = 0;
  await rate(of, 200, async () => {
    const task = taskRecord(next++, { of, agents });
    if (task.status === "available") available.push(task);
    await publishJson(session, tasks.subject(task.task_id), task);
  });
  return available;
}
