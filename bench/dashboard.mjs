/**
 * `node bench/dashboard.mjs [--minutes N] [--check]`: the dashboard in Chromium, beside a fleet of 10,000 tasks and 1,000
 * agents that 200 events a second happen to; server, coordinator and fleet are processes of their own. Prints Markdown.
 * --minutes: how long the heap is looked at (1); --check: exit 1 when a budget is broken. Chromium is MJAGENT_CHROMIUM,
 * or /usr/bin/chromium.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { findNatsServer } from "../dist/nats/server/find.js";
import { launchServer } from "../dist/nats/server/launch.js";
import { filter, heap, load, steady } from "./dashboard-figures.mjs";
import { AGENTS, EVENTS_A_SECOND, TASKS, WORKSPACE } from "./fleet.mjs";
import { quantiles } from "./measure.mjs";
import { Program } from "./program.mjs";

const CHROMIUM = process.env.MJAGENT_CHROMIUM ?? "/usr/bin/chromium";
const ARGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync";
const SEED = 20_260_101;
const LOADS = 5;
const MB = 1_000_000;
/** More is no noise of what the collector leaves. */
const FLAT_MB_A_MINUTE = 0.1;

const { values } = parseArgs({ options: { minutes: { type: "string" }, check: { type: "boolean" } } });
const minutes = Number(values.minutes ?? 1);

/** A fleet, a coordinator, and a browser that is logged in. @returns what `measure` does */
async function withStand(measure) {
  const folder = await mkdtemp(join(tmpdir(), "mjagent-bench-"));
  const closing = [() => rm(folder, { recursive: true, force: true })];
  try {
    const { path, version } = await findNatsServer({ onProgress: (text) => console.error(text) });
    const store = { storeDir: join(folder, "nats"), detached: false, syncAlways: false };
    const server = await launchServer({ binary: path, ...store });
    closing.push(() => server.stop());
    const fleet = fork(join(import.meta.dirname, "fleet.mjs"), [server.url, String(SEED)]);
    closing.push(() => fleet.connected && fleet.disconnect());
    await once(fleet, "message");
    const names = ["--workspace", WORKSPACE.id, "--prefix", WORKSPACE.prefix, "--server", server.url];
    const env = { HOME: folder, XDG_STATE_HOME: folder };
    const coordinator = new Program(["serve", "start", "--port", "0", "--no-open", ...names], { cwd: folder, env });
    closing.push(() => coordinator.end("SIGTERM"));
    const { url, link } = await coordinator.told("listening");
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS.split(" ") });
    closing.push(() => browser.close());
    const context = await browser.newContext();
    await (await context.newPage()).goto(link);
    const state = await context.storageState();
    await context.close();
    return await measure({ url, state, browser, version, pid: coordinator.pid });
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** What a line through the sizes rises by from one to the next. */
function slope(sizes) {
  const middle = (sizes.length - 1) / 2;
  const rise = sizes.reduce((sum, size, at) => sum + (at - middle) * size, 0);
  return sizes.length < 2 ? 0 : rise / sizes.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
}

const broken = [];
const print = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const ms = (value) => `${Math.round(value)} ms`;
/** @param most the budget; undefined: none */
function row(name, value, most, shown = ms) {
  const holds = most === undefined || value <= most;
  if (!holds) broken.push(`${name}: ${shown(value)}, at most ${shown(most)}`);
  print(name, shown(value), most === undefined ? "" : `≤ ${shown(most)}`, holds ? "" : "broken");
}
const plain = String;
const mb = (value) => `${value.toFixed(2)} MB`;

/** The median of some loads, and the longest task in any. */
async function loads(stand, rate, name, budget) {
  const all = [];
  for (let i = 0; i < LOADS; i++) all.push(await load(stand, rate, name));
  row(`#/${name} usable, ${rate}×, median of ${LOADS}`, quantiles(all.map(({ usable }) => usable)).p50, budget);
  row(`#/${name} longest task while loading, ${rate}×`, Math.max(...all.map(({ longest }) => longest)), 100);
}

async function figures(stand) {
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `${cpus()[0]?.model ?? "cpu"}, ${availableParallelism()} cores, load ${load[0]}, Node ${process.version}, ` +
      `nats-server ${stand.version}, Chromium ${stand.browser.version()}; ` +
      `${TASKS} tasks, ${AGENTS} agents, ${EVENTS_A_SECOND} events a second\n`,
  );
  print("figure (×: how many times slower the browser's processor was made)", "", "budget", "");
  print("---", "---", "---", "---");
  for (const rate of [1, 4]) {
    await loads(stand, rate, "", 1_500);
    await loads(stand, rate, "tasks", 1_500);
    const { arrived, drawn, ...overview } = await steady(stand, rate);
    row(`overview, longest task in 30 s, ${rate}×`, overview.longest, 100);
    row(`event → browser, p95, ${rate}×`, quantiles(arrived).p95, 100);
    row(`event → on the screen, p95, ${rate}×`, quantiles(drawn).p95, rate === 1 ? 100 : undefined);
    const list = await filter(stand, rate);
    row(`filter: key → rows drawn, median, ${rate}×`, quantiles(list.times).p50, rate === 1 ? 100 : undefined);
    row(`list, longest task while filtering and scrolling, ${rate}×`, list.longest, 100);
    if (rate === 1) row("rows in the page, most", Math.max(overview.rows, list.rows), 80, plain);
  }
  for (const { name, sizes } of await heap(stand, minutes)) {
    row(`#/${name} heap after ${minutes} min`, sizes.at(-1) / MB, undefined, mb);
    if (minutes > 1) row(`#/${name} heap, rise a minute`, slope(sizes) / MB, FLAT_MB_A_MINUTE, mb);
  }
  const status = await readFile(`/proc/${stand.pid}/status`, "utf8");
  const kib = (field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]);
  row("coordinator, memory now", (kib("VmRSS") * 1_024) / MB, undefined, mb);
  row("coordinator, memory at most", (kib("VmHWM") * 1_024) / MB, undefined, mb);
  console.log(`\nload at the end ${loadavg()[0].toFixed(1)}`);
}

await withStand(figures);
for (const told of broken) console.error(told);
if (values.check && broken.length > 0) process.exitCode = 1;
