import { Objm } from "@nats-io/obj";
import { readdirSync, readFileSync } from "node:fs";
import { TaskStore } from "../dist/nats/task-store.js";
import { tail } from "../dist/nats/tail.js";
import { readRuns } from "./runs.mjs";

/** What the server holds at the end: records, the event log, error reports, and what came too late to count. */
export async function serverFacts(session) {
  const { names } = session;
  const [records, events, errors, late] = await Promise.all([
    new TaskStore(session).all(),
    messages(session, names.events),
    messages(session, names.channel("errors")),
    lateResults(session),
  ]);
  return { records, events, errors, late };
}

/** Every stored message of a subject, with its place in the stream. */
export function messages(session, filter) {
  const found = [];
  const done = new AbortController();
  return new Promise((resolve) => {
    tail(session, {
      stream: session.names.work.stream,
      filter,
      start: "all",
      signal: done.signal,
      onMessage: ({ subject, seq, time, ...message }) =>
        found.push({ subject, seq, at: time.getTime(), message: message.json() }),
      onCaughtUp: () => {
        // Called in the middle of the last message.
        setImmediate(() => done.abort());
        resolve(found);
      },
    });
  });
}

/** Attempts (`<task>.<epoch>`) whose late report was kept. */
async function lateResults(session) {
  const bucket = await new Objm(session.nc).open(session.names.artifacts.name);
  return (await bucket.list())
    .map(({ name }) => name)
    .filter((name) => name.startsWith("late/"))
    .map((n) => n.slice(5));
}

/** What launchers and agents left behind on this machine. */
export function localFacts(launchers) {
  return {
    runs: launchers.flatMap(({ id, files }) => readRuns(id, files.runs)),
    lives: launchers.flatMap(({ lives }) => lives),
    told: launchers.flatMap(({ id, files }) => readEvents(id, files.events)),
  };
}

/** What a launcher told on stdout, one JSON document a line; the last line of a killed one may be cut short. */
function readEvents(launcher, file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        const { event, time, task_id, epoch, agent_id, why } = JSON.parse(line);
        return event === "output" ? [] : [{ launcher, event, at: Date.parse(time), task_id, epoch, agent_id, why }];
      } catch {
        return [];
      }
    });
}

/** Living processes of this run: what its agents started carries the folder of the run in its environment. */
export function survivors(folder) {
  const found = [];
  for (const pid of readdirSync("/proc")
    .map(Number)
    .filter((number) => number > 0)) {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      if (!variables.some((variable) => variable.startsWith(`CHAOS_RUNS=${folder}/`))) continue;
      const run_id = variables.find((variable) => variable.startsWith("MJAGENT_RUN_ID="))?.slice(15) ?? null;
      const command = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim();
      if (command !== "") found.push({ pid, run_id, command });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}
