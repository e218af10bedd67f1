/** `npm run race`: many agents in several processes after the same tasks; each is claimed and run exactly once. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectNats } from "../dist/nats/connect.js";
import { findNatsServer } from "../dist/nats/server/find.js";
import { launchServer } from "../dist/nats/server/launch.js";
import { openSession } from "../dist/nats/session.js";
import { TaskStore } from "../dist/nats/task-store.js";
import { publishTasks } from "../dist/operations/publish.js";
import { contestAgents, contestProblems, contestTasks, WORKSPACE } from "./contest.mjs";
import { messages } from "./facts.mjs";

const PROCESSES = 4;
const CONNECTIONS = 2;
const BOUND_MS = 120_000;
const CLAIMANT = fileURLToPath(new URL("claimant.mjs", import.meta.url));

const { values } = parseArgs({
  options: { claimants: { type: "string", default: "64" }, tasks: { type: "string", default: "10000" } },
});
const agents = contestAgents(Number(values.claimants));
const tasks = contestTasks(Number(values.tasks));
const folder = await mkdtemp(join(tmpdir(), "mjagent-race-"));
process.env.XDG_STATE_HOME = folder;
const { path: binary, version } = await findNatsServer({ onProgress: (text) => console.error(text) });
const server = await launchServer({ binary, storeDir: join(folder, "nats"), detached: false, syncAlways: false });
const racers = [];
try {
  process.exitCode = await race();
} finally {
  for (const { child } of racers) child.kill("SIGKILL");
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function race() {
  const nc = await connectNats({ servers: [server.url] }, { name: "race", timeoutMs: 10_000 });
  const session = await openSession(nc, WORKSPACE);
  for (let i = 0; i < PROCESSES; i++) racers.push(startRacer(agents.filter((_, at) => at % PROCESSES === i)));
  await Promise.all(racers.map(({ ready }) => ready));
  const started = Date.now();
  await publishTasks(session, tasks);
  const publishedMs = Date.now() - started;
  const ran = () => racers.reduce((sum, { executed }) => sum + executed.length, 0);
  while (ran() < tasks.length && Date.now() - started < BOUND_MS) await sleep(50);
  const durationMs = Date.now() - started;
  // What would be run a second time has a moment to show.
  await sleep(2_000);
  const stale = await deliveries(session);
  const refused = await Promise.all(racers.map((racer) => racer.stop()));
  const claims = await messages(session, session.names.event("claimed"));
  const records = new Map((await new TaskStore(session).all()).map((record) => [record.task_id, record]));
  await nc.close();
  const executed = racers.flatMap((racer) => racer.executed);
  const problems = contestProblems({ tasks, claims, records, executed });
  const latency = claims.map(({ at, message }) => at - Date.parse(records.get(message.task_id)?.created_at ?? ""));
  const at = (q) => latency.toSorted((a, b) => a - b)[Math.min(latency.length - 1, Math.floor(q * latency.length))];
  const rows = [
    ["nats-server", version],
    ["claimants", `${agents.length} agents, ${PROCESSES} processes, ${PROCESSES * CONNECTIONS} connections`],
    ["tasks", tasks.length],
    ["executions", executed.length],
    ["claims announced", claims.length],
    ["tokens delivered", stale],
    ["  of them not a claim", stale - claims.length],
    ["claims lost at the record", refused.reduce((sum, n) => sum + n, 0)],
    ["publish → claimed, p50", `${at(0.5)} ms`],
    ["publish → claimed, p99", `${at(0.99)} ms`],
    ["all published after", `${(publishedMs / 1_000).toFixed(1)} s`],
    ["all executed after", `${(durationMs / 1_000).toFixed(1)} s`],
    ["not exactly once", problems.length],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(28)}${value}`);
  for (const problem of problems.slice(0, 20)) console.log(`✗ ${problem}`);
  return problems.length === 0 && durationMs < BOUND_MS ? 0 : 1;
}

/** How often the server handed a token to an agent, all roles and lanes together. */
async function deliveries({ jsm, names }) {
  let count = 0;
  for await (const { delivered } of jsm.consumers.list(names.queue.stream)) count += delivered.consumer_seq;
  return count;
}

function startRacer(mine) {
  const child = fork(CLAIMANT, { env: process.env });
  const racer = { child, executed: [], refused: 0 };
  child.on("message", ({ executed = [], refused = 0 }) => {
    racer.executed.push(...executed);
    racer.refused += refused;
  });
  racer.ready = once(child, "message");
  child.send({ server: server.url, agents: mine, connections: CONNECTIONS });
  racer.stop = async () => {
    child.send("stop");
    await once(child, "exit");
    return racer.refused;
  };
  return racer;
}
