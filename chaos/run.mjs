/** `npm run chaos`: real launchers, real servers, faults drawn from a seed, and a count of what must never be. */
import { setMaxListeners } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { reportOf } from "../dist/cli/errors.js";
import { MjError } from "../dist/errors.js";
import { check } from "./check.mjs";
import { localFacts, serverFacts, survivors } from "./facts.mjs";
import { injectFaults } from "./faults.mjs";
import { openField } from "./field.mjs";
import { claimsNotRun, completionsNotTold, longestRecovery, overlaps } from "./measures.mjs";
import { watchProgress } from "./progress.mjs";
import { ROLES } from "./project.mjs";
import { publishWorkload } from "./publisher.mjs";
import { faultTable, resultTable, violationLines } from "./report.mjs";
import { idleWaits } from "./waits.mjs";
import { workloadOf } from "./workload.mjs";

/** Between two publishes, on average: a bit less than what the launchers get done while half of them are broken. */
const PUBLISH_EVERY_MS = 55;
const SPREAD_MIN_MS = 25_000;
/** Nothing has changed for this long, and nothing is broken any more: what is open then is stuck. */
const STUCK_MS = 60_000;
/** A launcher that was just started again brings in first what the one before it left in its outbox. */
const REPLAY_MS = 3_000;
/** A warden has this long to end what a killed launcher ran. */
const WARDEN_MS = 4_000;

const options = readOptions();
const folder = await mkdtemp(join(tmpdir(), "mjagent-chaos-"));
const repeat = `npm run chaos -- ${Object.entries(options)
  .map(([name, value]) => `--${name} ${value}`)
  .join(" ")}`;
console.log(`${repeat}\n`);
process.exitCode = await run();
if (process.exitCode !== 1) await rm(folder, { recursive: true, force: true });

function readOptions() {
  const text = (value) => ({ type: "string", default: String(value) });
  const { values } = parseArgs({
    options: {
      seed: text(Math.floor(Math.random() * 1_000_000)),
      minutes: text(5),
      servers: text(1),
      tasks: text(2_000),
      launchers: text(8),
      "fault-every": text(500),
    },
  });
  const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  const wrong = Object.entries(numbers).find(([, value]) => !(value >= 0));
  if (wrong || ![1, 3].includes(numbers.servers)) {
    console.error(
      "usage: npm run chaos -- [--seed N] [--minutes M] [--servers 1|3] [--tasks N] [--launchers N] [--fault-every MS]",
    );
    process.exit(2);
  }
  return numbers;
}

async function run() {
  const started = Date.now();
  const field = await openField(folder, options).catch(refused);
  if (!field) return 1;
  const stopping = new AbortController();
  const faultsOver = new AbortController();
  // Each fault and each task waits with it.
  setMaxListeners(0, stopping.signal, faultsOver.signal);
  // Not once: a second one would end us before everything that was started is ended.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stopping.abort());
  try {
    const { servers, session, launchers } = field;
    const cannotMount = launchers.some(({ disk }) => !disk.mounted);
    console.log(`nats-server ${servers.version}, ${servers.members.length} of them; ${launchers.length} launchers`);
    if (cannotMount) console.log("NOT injected: fill disk (mounting a tmpfs is not allowed here)");
    for (const launcher of launchers) launcher.start();
    const groups = workloadOf(options.seed, options.tasks, Math.max(SPREAD_MIN_MS, options.tasks * PUBLISH_EVERY_MS));
    const publishing = publishWorkload(session, groups, stopping.signal);
    publishing.finished.catch(() => undefined);
    const progress = watchProgress(session, publishing);
    const bound = setTimeout(() => faultsOver.abort(), options.minutes * 60_000);
    stopping.signal.addEventListener("abort", () => faultsOver.abort());
    const injecting = injectFaults(field, {
      seed: options.seed,
      everyMs: options["fault-every"],
      signal: faultsOver.signal,
    });
    while (!faultsOver.signal.aborted && !progress.isDone()) await sleep(250);
    clearTimeout(bound);
    faultsOver.abort();
    const faults = await injecting;
    while (!stopping.signal.aborted && !progress.isDone() && progress.unchangedFor() < STUCK_MS) await sleep(250);
    progress.end();
    if (stopping.signal.aborted) return 130;
    await sleep(REPLAY_MS);
    const { published, cancelled } = publishing;
    const promised = { published, cancelled, availableAt: progress.availableAt, endedAt: Date.now() };
    for (const launcher of launchers) launcher.retire();
    await Promise.all(launchers.map((launcher) => launcher.ask(1)));
    await sleep(WARDEN_MS);
    return await conclude(field, promised, faults, Date.now() - started);
  } finally {
    stopping.abort();
    await field.close();
    for (const { pid } of survivors(folder)) process.kill(pid, "SIGKILL");
  }
}

/** What a person can do something about is said as the command line says it; there is nothing to keep then. */
async function refused(error) {
  if (!(error instanceof MjError)) throw error;
  console.error(reportOf(error));
  await rm(folder, { recursive: true, force: true });
}

/** Collects what happened, holds it against what was promised, and says so. */
async function conclude({ session, launchers }, promised, faults, durationMs) {
  const collected = {
    ...(await serverFacts(session)),
    ...localFacts(launchers),
    ...promised,
    survivors: survivors(folder),
    takers: takersOf(launchers),
    faults,
    stops: windows(faults, "stop launcher"),
    fullDisks: windows(faults, "fill disk"),
    killedCommands: faults.filter(({ kind, skipped }) => kind === "kill command" && !skipped),
  };
  const { waits, stalls } = idleWaits(collected);
  const facts = { ...collected, stalls };
  const violations = check(facts);
  const measures = {
    waits,
    overlaps: overlaps(facts.runs),
    notRun: claimsNotRun(facts),
    notTold: completionsNotTold(facts),
    recovery: longestRecovery(facts),
  };
  console.log(`\n${faultTable(faults)}\n\n${resultTable({ facts, measures, violations, durationMs })}`);
  if (violations.length === 0) {
    console.log("\nclean");
    return 0;
  }
  await writeFile(join(folder, "facts.json"), JSON.stringify(facts, null, 1));
  console.log(`\n${violationLines(violations).join("\n")}\n\nkept: ${folder}\nagain: ${repeat}`);
  return 1;
}

/** Which launchers take tasks of each type. */
function takersOf(launchers) {
  const types = [...new Set(Object.values(ROLES).flat())];
  return Object.fromEntries(
    types.map((type) => [type, launchers.filter(({ role }) => ROLES[role].includes(type)).map(({ id }) => id)]),
  );
}

function windows(faults, kind) {
  const done = faults.filter((fault) => fault.kind === kind && !fault.skipped);
  return done.map(({ launcher, at, until }) => ({ launcher, from: at, to: until }));
}
