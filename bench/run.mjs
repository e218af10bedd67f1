/** `npm run bench`: every figure beside the raw limit of the same server in the same run. Prints Markdown. */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { connectNats } from "../dist/nats/connect.js";
import { findNatsServer } from "../dist/nats/server/find.js";
import { launchServer } from "../dist/nats/server/launch.js";
import { latency, noop, shellOut } from "./engine.mjs";
import { rawFigures } from "./raw.mjs";
import { HEARTBEAT_MS, recovery } from "./recovery.mjs";
import { startup } from "./startup.mjs";

const ms = (value) => `${value.toFixed(2)} ms`;
const perSecond = (value) => `${Math.round(value).toLocaleString("en")} /s`;
const ratio = (a, b) => `${(a / b).toFixed(2)}×`;

const folder = await mkdtemp(join(tmpdir(), "mjagent-bench-"));
process.env.XDG_STATE_HOME = folder;
const { path, version } = await findNatsServer({ onProgress: (text) => console.error(text) });
const server = await launchServer({ binary: path, storeDir: join(folder, "nats"), detached: false, syncAlways: false });
const connect = () => connectNats({ servers: [server.url] }, { name: "bench", timeoutMs: 5_000 });
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
try {
  console.log(
    `${cpus()[0]?.model ?? "cpu"}, ${availableParallelism()} cores, Node ${process.version}, nats-server ${version}\n`,
  );
  row("figure", "here", "raw, same run", "ratio");
  row("---", "---", "---", "---");
  const raw = await rawFigures(connect);
  row("core request, p50", "", ms(raw.request.p50), "");
  row("KV compare-and-set, back to back, p50 / p99", "", `${ms(raw.cas.p50)} / ${ms(raw.cas.p99)}`, "");
  row("compare-and-sets, 100 at a time", "", perSecond(raw.casPerSecond), "");
  row("pipelined publishes, 100 at a time", "", perSecond(raw.publishPerSecond), "");
  const { claimed, started } = await latency(connect, 300);
  const rested = raw.casAfterRest;
  row("publish → claimed, p50", ms(claimed.p50), `${ms(rested.p50)} (same rest)`, ratio(claimed.p50, rested.p50));
  row("publish → claimed, p99", ms(claimed.p99), `${ms(rested.p99)} (same rest)`, ratio(claimed.p99, rested.p99));
  row("publish → claimed, p50", ms(claimed.p50), `${ms(raw.cas.p50)} (back to back)`, ratio(claimed.p50, raw.cas.p50));
  row("publish → command's first line, p50", ms(started.p50), "", "");
  row("publish → command's first line, p99", ms(started.p99), "", "");
  for (const [concurrency, n] of [
    [1, 1_000],
    [10, 5_000],
    [100, 10_000],
  ]) {
    const value = await noop(connect, n, concurrency);
    row(
      `no-op tasks, ${concurrency} at a time`,
      perSecond(value),
      perSecond(raw.casPerSecond),
      ratio(value, raw.casPerSecond),
    );
  }
  for (const concurrency of [1, 4, 10]) {
    const { mine, bare } = await shellOut(connect, 300, concurrency);
    row(
      `tasks that run /bin/true, ${concurrency} at a time`,
      perSecond(mine),
      `${perSecond(bare)} (execa)`,
      ratio(mine, bare),
    );
  }
  const times = await recovery(connect, server.url, folder, 8);
  const lease = `${ms(3 * HEARTBEAT_MS)} (lease)`;
  const worst = (values) => Math.max(...values);
  row("owner killed → running elsewhere, longest of 8", ms(worst(times.crash)), lease, "");
  row("killed owner started again → running there, longest of 8", ms(worst(times.restart)), "", "");
  row("owner told to stop at once → running elsewhere, longest of 8", ms(worst(times.handBack)), "", "");
  row("idle launcher told to stop → ended, longest of 8", ms(worst(times.exit)), "", "");
  const { version: own, empty } = startup(20);
  row("`mjagent --version`", ms(own), `${ms(empty)} (node -e 0)`, ratio(own, empty));
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
