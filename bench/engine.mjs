import { execa } from "execa";
import { Role } from "../dist/domain/role.js";
import { createExecutor } from "../dist/executors/create.js";
import { handlerExecutor } from "../dist/executors/handler.js";
import { openSession } from "../dist/nats/session.js";
import { publishTasks } from "../dist/operations/publish.js";
import { Launcher } from "../dist/worker/launcher.js";
import { quantiles, rate } from "./measure.mjs";
import { REST_MS } from "./raw.mjs";

let workspaces = 0;

/** A fresh workspace, so that no figure pays for the tasks of another. */
function freshWorkspace() {
  const id = ++workspaces;
  return { id: `BENCH_${id}`, prefix: `bench${id}` };
}

const role = (run) => Role.parse({ name: "bench", match: { types: ["bench"] }, command: { adapter: "command", run } });
const tasks = (n) => Array.from({ length: n }, (_, i) => ({ title: `task ${i}`, type: "bench" }));

function launch(session, executor, run, concurrency, onEvent) {
  return Launcher.start(session, { agents: [{ role: role(run), executor }], concurrency, onEvent });
}

/** Publishes one task after the other; how long until it is claimed, and until its command has printed a line. */
export async function latency(connect, n) {
  const workspace = freshWorkspace();
  const publisher = await openSession(await connect(), workspace);
  const session = await openSession(await connect(), workspace);
  const executor = createExecutor(role(["/bin/echo", "started"]), { projectDir: process.cwd() });
  const waiting = new Map();
  const seen = (type) => (event) => event.type === type && waiting.get(type)?.();
  const onEvent = (event) => ["claimed", "output", "completed"].forEach((type) => seen(type)(event));
  const launcher = await launch(session, executor, ["/bin/echo", "started"], 1, onEvent);
  const claimed = [];
  const started = [];
  for (let i = 0; i < n + 20; i++) {
    const until = (type) => new Promise((resolve) => waiting.set(type, () => resolve(performance.now())));
    const moments = Promise.all([until("claimed"), until("output"), until("completed")]);
    // An agent that has come to rest: what is measured is the way, not the queue behind a busy agent.
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const published = performance.now();
    await publishTasks(publisher, tasks(1));
    const [claim, output] = await moments;
    if (i < 20) continue;
    claimed.push(claim - published);
    started.push(output - published);
  }
  await launcher.stop();
  await Promise.all([publisher.nc.close(), session.nc.close()]);
  return { claimed: quantiles(claimed), started: quantiles(started) };
}

/** How many tasks a second one launcher works through, from the first claim to the last report. */
async function throughput(connect, executor, run, n, concurrency) {
  const session = await openSession(await connect(), freshWorkspace());
  let done = 0;
  let began = 0;
  let finish;
  const all = new Promise((resolve) => (finish = resolve));
  await publishTasks(session, tasks(n));
  const launcher = await launch(session, executor, run, concurrency, (event) => {
    if (event.type === "claimed" && began === 0) began = performance.now();
    if (event.type === "completed" && ++done === n) finish();
  });
  await all;
  const perSecond = (n / (performance.now() - began)) * 1_000;
  await launcher.stop();
  await session.nc.close();
  return perSecond;
}

export const noop = (connect, n, concurrency) =>
  throughput(
    connect,
    handlerExecutor(async () => undefined),
    ["true"],
    n,
    concurrency,
  );

/** Tasks that run `/bin/true`, and the same number of bare execa calls. */
export async function shellOut(connect, n, concurrency) {
  const executor = createExecutor(role(["/bin/true"]), { projectDir: process.cwd() });
  const bare = () => rate(n, concurrency, () => execa("/bin/true", [], { stdin: "ignore" }));
  await bare();
  const rounds = [];
  for (let i = 0; i < 3; i++) {
    const mine = await throughput(connect, executor, ["/bin/true"], n, concurrency);
    rounds.push({ mine, bare: await bare() });
  }
  return rounds.toSorted((a, b) => a.mine / a.bare - b.mine / b.bare)[1];
}
