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
import { quantiles } from "./measure.mjs";
import { storeRecords, taskRecord } from "./records.mjs";

const TASKS = 100_000;
const AGENTS = 20;
const ROUNDS = 40;
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

async function store(url) {
  const session = await open(url);
  await storeRecords(session, TASKS, AGENTS);
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
    const task = { ...taskRecord(i * 97, { of: TASKS, agents: AGENTS }), updated_at: new Date().toISOString() };
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
