/** `node bench/live-view.mjs`: a live view of 100,000 tasks on a server of its own. Prints Markdown. */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectNats } from "../dist/nats/connect.js";
import { findNatsServer } from "../dist/nats/server/find.js";
import { launchServer } from "../dist/nats/server/launch.js";
import { openSession, publishJson } from "../dist/nats/session.js";
import { LiveView } from "../dist/operations/live-view.js";
import { quantiles, rate } from "./measure.mjs";

const TASKS = 100_000;
const AGENTS = 20;
const ROUNDS = 40;
const WORDS = "design publish convert review the about page theme of ghost website header footer menu".split(" ");
const QUERIES = {
  "newest first": {},
  "by title": { sort: "title", order: "asc" },
  "one status and type": { status: ["failed"], type: ["design"], sort: "updated" },
  "text in few": { q: "footer menu 4242" },
  "text in many": { q: "page" },
  "text and tag": { q: "GHOST", tag: ["web"] },
};

const open = async (url) =>
  await openSession(await connectNats({ servers: [url] }, { name: "bench", timeoutMs: 5_000 }), {
    id: "VIEW",
    prefix: "view",
  });

/** Of 100: 80 completed, 5 failed, 3 cancelled, 7 available, the rest waits; over the last two days. */
function record(i) {
  const part = i % 100;
  const status =
    part < 80 ? "completed" : part < 85 ? "failed" : part < 88 ? "cancelled" : part < 95 ? "available" : "scheduled";
  const at = (ms) => new Date(Date.now() - (TASKS - i) * 1_700 + ms).toISOString();
  const word = (n) => WORDS[(i * 7 + n * 5 + Math.floor(i / 13)) % WORDS.length];
  const agent_id = `Agent-${i % AGENTS}`;
  const ran = status === "completed" || status === "failed";
  const attempt = { attempt: 1, agent_id, instance_id: `instance-${i % AGENTS}`, epoch: 1 };
  const times = { started_at: at(2_000), ended_at: at(9_000) };
  const usage = { input_tokens: 1_000 + i, output_tokens: 50 + part, cost_usd: 0.01 * part };
  return {
    ...{ task_id: `t${i.toString(36)}k${(i * 7_919).toString(36)}`, title: `${word(0)} ${word(1)} ${word(2)} ${i}` },
    description: `${word(3)} ${word(4)} ${word(5)} `.repeat(10),
    ...{ type: ["design", "publishing", "mobiledoc_conversion"][i % 3], phase: null, files: [], priority: "normal" },
    ...{ tags: part < 50 ? ["web", word(6)] : [], blocked_by: [], on_blocker_failure: "fail", status },
    ...{ owner: ran ? agent_id : null, instance_id: null, role: ran ? `role-${i % 8}` : null, epoch: ran ? 1 : 0 },
    ...{ attempts: ran ? 1 : 0, max_attempts: 3, max_attempts_fixed: false, fail_when_lost: false, timeout_ms: null },
    ...{ require_approval: false, created_at: at(0), created_by: "kim", updated_at: at(9_000), not_before: null },
    ...{ started_at: ran ? at(2_000) : null, finished_at: ran ? at(9_000) : null, parent_id: null, payload: null },
    ...{ payload_object: null, payload_excerpt: null, result_object: null, session: null, steered: null },
    result:
      status === "completed"
        ? {
            summary: `The ${word(1)} is done: ${word(2)} ${word(3)} ${word(4)}, ${i} words changed in ${word(5)}`,
            ...{ output: null, exit_code: 0, duration_ms: 7_000 + part, artifacts: [], usage, session_id: null },
            ...{ data: null, dropped_lines: 0, changes: null },
          }
        : null,
    error: status === "failed" ? { reason: "exit", message: `exit code ${i % 7}: no such file /srv/${i}.html` } : null,
    ...{ handoff: [], source_seq: null },
    history: ran ? [{ ...attempt, ...times, outcome: status, reason: null }] : [],
  };
}

async function store(url) {
  const session = await open(url);
  const { tasks } = session.names;
  let next = 0;
  await rate(TASKS, 200, async () => {
    const task = record(next++);
    await publishJson(session, tasks.subject(task.task_id), task);
  });
  await session.nc.close();
}

/** ms of a page at the beginning, in the middle and at the end of a list. */
function pages(view, query) {
  const times = { first: [], middle: [], last: [] };
  const all = view.ids(query).length;
  let cursor;
  const places = { first: undefined, middle: undefined, last: undefined };
  for (let seen = 0; seen < all; seen += 500) {
    const page = view.list({ ...query, limit: 500, cursor });
    if (seen <= all / 2) places.middle = cursor;
    places.last = cursor;
    cursor = page.next_cursor ?? undefined;
  }
  for (let i = 0; i < ROUNDS; i++) {
    for (const [place, from] of Object.entries(places)) {
      const started = performance.now();
      view.list({ ...query, limit: 100, cursor: from });
      times[place].push(performance.now() - started);
    }
  }
  return { all, ...times };
}

/** ms from a write to the change it makes, 200 a second. */
async function changes(session, view) {
  const times = [];
  const started = new Map();
  const off = view.subscribe((change) => {
    if (change.type !== "task") return;
    const at = started.get(change.task.task_id);
    if (at !== undefined) times.push(performance.now() - at);
  });
  const { tasks } = session.names;
  for (let i = 0; i < 1_000; i++) {
    const task = { ...record(i * 97), updated_at: new Date().toISOString() };
    started.set(task.task_id, performance.now());
    void publishJson(session, tasks.subject(task.task_id), task);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  while (times.length < 1_000) await new Promise((resolve) => setTimeout(resolve, 10));
  off();
  return times;
}

const ms = (value) => `${value.toFixed(1)} ms`;
const mib = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const timed = (times) => `${ms(quantiles(times).p50)} / ${ms(quantiles(times).p95)}`;

async function measure() {
  const folder = await mkdtemp(join(tmpdir(), "mjagent-bench-"));
  const { path, version } = await findNatsServer({ onProgress: (text) => console.error(text) });
  const server = await launchServer({
    ...{ binary: path, storeDir: join(folder, "nats"), detached: false, syncAlways: false },
  });
  try {
    // Another process: what it takes to make the records is not the view's.
    spawnSync(process.execPath, [import.meta.filename, server.url], { stdio: "inherit" });
    const session = await open(server.url);
    const before = process.memoryUsage.rss();
    const started = performance.now();
    const view = await LiveView.start(session, new AbortController().signal);
    const loaded = performance.now() - started;
    console.log(`nats-server ${version}, ${view.list({ limit: 1 }).total} tasks\n`);
    row("list, 100 tasks, p50 / p95", "tasks", "first page", "middle", "last");
    row("---", "---", "---", "---", "---");
    for (const [name, query] of Object.entries(QUERIES)) {
      const { all, first, middle, last } = pages(view, query);
      row(name, all, timed(first), timed(middle), timed(last));
    }
    const took = (work) => {
      const began = performance.now();
      work();
      return performance.now() - began;
    };
    console.log();
    row("everything else", "");
    row("---", "---");
    row("start, until all is known", `${(loaded / 1_000).toFixed(1)} s`);
    row("failures by their causes, p50 / p95", timed(Array.from({ length: ROUNDS }, () => took(() => view.errors()))));
    row("write → change at 200 writes a second, p50 / p95", timed(await changes(session, view)));
    row("RSS before, and with the view", `${mib(before)}, ${mib(process.memoryUsage.rss())}`);
    view[Symbol.dispose]();
    await session.nc.close();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const [, , url] = process.argv;
await (url ? store(url) : measure());
