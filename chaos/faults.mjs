import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { currentLeader } from "../dist/nats/leadership.js";
import { lastBeat } from "../dist/nats/registry.js";
import { WORKSPACE } from "./project.mjs";
import { readRuns } from "./runs.mjs";
import { scheduleOf } from "./schedule.mjs";

/** A server is not killed again before clients had time to find it. */
const SERVER_REST_MS = 4_000;
const ASK_MS = 1_000;
/** A launcher writes a record within this time, or has nothing to do. */
const TRAP_MS = 3_000;

/**
 * Injects the faults of a schedule until the signal aborts, then brings back what is still broken.
 * @param field what there is to break: `{ launchers, servers, session, random }`
 * @returns what was done: `{ kind, at, until, launcher?, server?, pid?, … }`, and what could not be, with `skipped`
 */
export async function injectFaults(field, { seed, everyMs, signal }) {
  const done = [];
  const open = new Set();
  for (const fault of scheduleOf(seed, everyMs)) {
    await sleep(fault.afterMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const entry = { kind: fault.kind, at: Date.now(), until: null };
    done.push(entry);
    const work = INJECT[fault.kind]({ ...field, signal }, fault, entry)
      .catch((error) => Object.assign(entry, { skipped: `failed: ${error.message}` }))
      .finally(() => {
        entry.until = Date.now();
        open.delete(work);
      });
    open.add(work);
  }
  await Promise.all(open);
  return done;
}

/** Ends early when everything is to be brought back. */
const last = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined);

/** The drawn launcher, or the next one that has no such fault yet. At most half of them have one at a time. */
function take(launchers, fault, part, isFit = () => true) {
  const busy = launchers.filter((launcher) => launcher.faulted.size > 0).length;
  const from = Math.floor(fault.victim * launchers.length);
  const inTurn = launchers.map((_, i) => launchers[(from + i) % launchers.length]);
  const fit = inTurn.filter((each) => !each.faulted.has(part) && isFit(each));
  // One that is broken already does not make more of them broken.
  return busy < launchers.length / 2 ? fit[0] : fit.find((each) => each.faulted.size > 0);
}

/** A fault of one launcher: `break_` until `mend`. Faults of different parts may come together. */
function launcherFault(part, isFit, act) {
  return async ({ launchers, signal, ...field }, fault, entry) => {
    const launcher = take(launchers, fault, part, isFit);
    if (!launcher) return void (entry.skipped = "enough is broken");
    launcher.faulted.add(part);
    entry.launcher = launcher.id;
    try {
      await act(launcher, fault, { ...field, signal, entry, rest: (ms) => last(ms, signal) });
    } finally {
      launcher.faulted.delete(part);
    }
  };
}

const runs = (launcher) => launcher.pid !== undefined;
/**
 * One in four is ended only when it leads: with everybody dying every few seconds, what only the end of a process
 * mends (a claim its owner does not know of) would be mended before it is seen.
 */
const mayEnd = (launcher) => runs(launcher) && launcher.index % 4 !== 3;
const always = () => true;
const PROCESS = "process";
const NETWORK = "network";

async function killAndRestart(launcher, fault, { rest, entry }) {
  entry.pid = launcher.pid;
  launcher.held = true;
  await launcher.kill();
  await rest(fault.forMs);
  launcher.held = false;
  launcher.start();
}

/** Breaks the way to the servers for the time of the fault. */
const onTheWay = (break_) =>
  launcherFault(NETWORK, always, async ({ link }, fault, { rest }) => {
    break_(link, fault);
    await rest(fault.forMs);
    link.heal();
  });

const INJECT = {
  "kill launcher": launcherFault(PROCESS, mayEnd, killAndRestart),

  "kill leader": async (field, fault, entry) => {
    const pid = await leaderPid(field);
    const launcher = field.launchers.find((each) => each.pid === pid);
    if (pid === null || !launcher) return void (entry.skipped = "nobody leads");
    await launcherFault(PROCESS, (each) => each.pid === pid, killAndRestart)(field, fault, entry);
  },

  "kill command": async ({ launchers }, fault, entry) => {
    const from = Math.floor(fault.victim * launchers.length);
    for (let i = 0; i < launchers.length; i++) {
      const launcher = launchers[(from + i) % launchers.length];
      const running = readRuns(launcher.id, launcher.files.runs).filter((run) => run.end === null && isAlive(run));
      const run = running[Math.floor(fault.strength * running.length)];
      if (!run) continue;
      process.kill(run.pid, "SIGKILL");
      return void Object.assign(entry, { launcher: launcher.id, pid: run.pid, task: run.task, epoch: run.epoch });
    }
    entry.skipped = "no command runs";
  },

  "stop launcher": launcherFault(PROCESS, mayEnd, async (launcher, fault, { rest }) => {
    launcher.signal("SIGSTOP");
    await rest(fault.forMs);
    launcher.signal("SIGCONT");
  }),

  "restart launcher": launcherFault(PROCESS, mayEnd, async (launcher, fault, { rest }) => {
    launcher.held = true;
    await launcher.ask(2, Math.round(fault.strength * 500));
    await rest(fault.forMs);
    launcher.held = false;
    launcher.start();
  }),

  "kill server": async ({ servers, signal }, fault, entry) => {
    // Never two at once: with three there is a quorum all the time, with one it comes back.
    if (!servers.settled(SERVER_REST_MS)) return void (entry.skipped = "enough is broken");
    const index = Math.floor(fault.victim * servers.members.length);
    entry.server = servers.members[index].name;
    await servers.kill(index);
    await last(fault.forMs, signal);
    await servers.start(index);
  },

  "cut connection": launcherFault(NETWORK, always, async ({ link }) => link.cut()),
  "refuse connections": onTheWay((link) => link.refuse()),
  "delay bytes": onTheWay((link, { strength }) => link.delay(100 + Math.round(strength * 500))),
  "swallow bytes": onTheWay((link, { strength }) => link.swallow(["up", "down", "both"][Math.floor(strength * 3)])),
  "lose answers": launcherFault(NETWORK, always, async ({ link }, fault, { rest }) => {
    // A record is being written: a claim, or a report.
    await Promise.race([link.loseAnswerTo(`$KV.${WORKSPACE.id}_TASKS.`), rest(TRAP_MS)]);
    await rest(fault.forMs);
    link.heal();
  }),

  "fill disk": async (field, fault, entry) => {
    if (!field.launchers.some(({ disk }) => disk.mounted)) return void (entry.skipped = "no tmpfs can be mounted");
    await launcherFault("disk", always, async ({ disk }, { forMs }, { rest }) => {
      disk.fill();
      await rest(forMs);
      disk.free();
    })(field, fault, entry);
  },

  "cut off, then kill": launcherFault(
    PROCESS,
    (each) => mayEnd(each) && !each.faulted.has(NETWORK),
    async (launcher, fault, tools) => {
      launcher.faulted.add(NETWORK);
      launcher.link.refuse();
      await tools.rest(fault.forMs);
      tools.entry.killedAt = Date.now();
      // Back online at once, the process not yet.
      await killAndRestart(
        launcher,
        { forMs: 500 },
        { ...tools, rest: async (ms) => (launcher.link.heal(), tools.rest(ms)) },
      );
      launcher.faulted.delete(NETWORK);
    },
  ),
};

/** The process that holds the leader key, by its agent's last beat; null when that cannot be told now. */
async function leaderPid({ launchers, session }) {
  const within = (asked) => Promise.race([asked, sleep(ASK_MS, null)]).catch(() => null);
  const leader = (await within(currentLeader(session)))?.leader;
  if (!leader) return null;
  const beats = await Promise.all(launchers.map(({ id }) => within(lastBeat(session, id))));
  return beats.find((found) => found?.beat?.instance_id === leader.instance_id)?.beat.pid ?? null;
}

/** The number may be somebody else's by now. */
function isAlive({ pid, run_id }) {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`MJAGENT_RUN_ID=${run_id}`);
  } catch {
    return false;
  }
}
