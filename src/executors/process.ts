import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import type { LogStream } from "./executor.js";
import { ProcessGroup } from "./group.js";
import { Limits, type LimitOptions, type StoppedBy } from "./limits.js";

/** Between SIGTERM and SIGKILL, unless the caller says otherwise. */
export const DEFAULT_GRACE_MS = 10_000;
/** How long output may still come after the exit, through a pipe that a descendant holds open. */
const DRAIN_MS = 1_000;
const DRAIN_AFTER_SWEEP_MS = 200;

export interface ProcessSpec extends LimitOptions {
  file: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment; must hold `MJAGENT_RUN_ID=<runId>`, by which descendants are found. */
  env: Readonly<Record<string, string>>;
  /** Written to stdin, then end of file. A command that does not read it is fine. */
  stdin: string;
  runId: string;
  /** From SIGTERM to SIGKILL. */
  graceMs: number;
  /** @returns false when this is no progress: then it still counts as stalled */
  onOutput: (stream: LogStream, chunk: Buffer) => boolean;
  observers: readonly RunObserver[];
}

/** Is told what runs, so that it ends even if this process is killed. Must not throw. */
export interface RunObserver {
  /** A command is about to be started. */
  expect(runId: string): void;
  /** @param isLed while it is true the group's number is that of its leader, and nobody else's */
  started(runId: string, pgid: number, isLed: () => boolean): void;
  /** Nothing of it is left. */
  ended(runId: string): void;
}

export interface ProcessResult {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Set when it ended because we stopped it, whatever it then exited with. */
  stoppedBy: StoppedBy | null;
  durationMs: number;
  /** Why it never ran: a system error with its `code`. */
  spawnError: Error | null;
}

/**
 * Runs a program in a process group of its own and does not return before everything it started has ended:
 * the group by its number, what left the group by the marker in its environment. Never throws.
 *
 * node:child_process instead of execa: execa's promise waits for the pipes to close, which a grandchild can hold
 * open for ever, and it costs 1.3 ms of CPU more per command.
 */
export async function runProcess(spec: ProcessSpec): Promise<ProcessResult> {
  const started = performance.now();
  const ended = (part: Partial<ProcessResult>): ProcessResult => ({
    exitCode: null,
    signal: null,
    stoppedBy: null,
    durationMs: Math.round(performance.now() - started),
    spawnError: null,
    ...part,
  });
  if (spec.signal.aborted) return ended({ stoppedBy: "abort" });

  const { runId, observers } = spec;
  for (const observer of observers) observer.expect(runId);
  try {
    const child = await start(spec);
    if (child instanceof Error) return ended({ spawnError: child });
    const isLed = (): boolean => child.exitCode === null && child.signalCode === null;
    for (const observer of observers) observer.started(runId, child.pid, isLed);
    return ended(await runToTheEnd(child, spec));
  } finally {
    for (const observer of observers) observer.ended(runId);
  }
}

type Running = ChildProcessWithoutNullStreams & { pid: number };

/** Starts it, or says why not. `spawn` throws some system errors and emits the others. */
async function start(spec: ProcessSpec): Promise<Running | Error> {
  try {
    const child = spawn(spec.file, spec.args, { cwd: spec.cwd, env: spec.env, detached: true, windowsHide: true });
    const failed = new Promise<Error>((resolve) => child.once("error", resolve));
    return hasStarted(child) ? child : await failed;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const hasStarted = (child: ChildProcessWithoutNullStreams): child is Running => child.pid !== undefined;

async function runToTheEnd(child: Running, spec: ProcessSpec): Promise<Partial<ProcessResult>> {
  const group = new ProcessGroup(child.pid, spec.graceMs);
  const limits = new Limits(spec, (by) => group.stop(by));
  const streams = connect(child, spec, limits);

  const exit = await Promise.race([
    exitOf(child, group),
    group.unkillable.then(() => ({ exitCode: null, signal: "SIGKILL" as const, groupAlive: true })),
  ]);
  limits[Symbol.dispose]();
  group.leaderExited();
  const result = { exitCode: exit.exitCode, signal: exit.signal, stoppedBy: group.stoppedBy };

  // Nobody stopped it: let what it left finish its output (`… | tee log`) before it is ended.
  if (group.stoppedBy === null) await within(DRAIN_MS, streams);
  await group.endLeftovers(spec.runId, exit.groupAlive);
  await within(DRAIN_AFTER_SWEEP_MS, streams);
  child.stdout.destroy();
  child.stderr.destroy();
  return result;
}

/** The exit of the leader; whether its group outlives it is asked at once, while its number cannot be reused. */
function exitOf(child: Running, group: ProcessGroup) {
  return new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null; groupAlive: boolean }>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal, groupAlive: group.alive() }));
  });
}

/** Feeds stdin and reads both outputs; settles when both are closed. */
function connect(child: Running, spec: ProcessSpec, limits: Limits): Promise<unknown> {
  // EPIPE: the command ended, or closed its stdin, without reading it all.
  child.stdin.on("error", () => undefined);
  child.stdin.end(spec.stdin);
  const reading = (["stdout", "stderr"] as const).map(
    (name) =>
      new Promise<void>((resolve) => {
        child[name].on("data", (chunk: Buffer) => {
          if (spec.onOutput(name, chunk)) limits.outputSeen();
        });
        child[name].on("error", () => undefined);
        child[name].once("close", resolve);
      }),
  );
  return Promise.all(reading);
}

/** Waits for `done`, but not longer than `ms`. */
async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([done, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
