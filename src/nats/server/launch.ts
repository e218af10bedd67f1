import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, MjError } from "../../errors.js";
import { identify, type ProcessIdentity } from "../../process-identity.js";
import { serverConfig } from "./config.js";
import { greeting } from "./info.js";
import { probe } from "./probe.js";
import { endProcess, send } from "./process.js";

const READY_MS = 30_000;
const GRACE_MS = 10_000;
const LOG_LINES = 12;

export interface LaunchOptions {
  /** The nats-server program. */
  binary: string;
  /** Holds everything of this server: JetStream's files, its configuration, its log. One server a folder. */
  storeDir: string;
  /** 0, the default: a free one. */
  port?: number;
  /** True: it outlives this process. False: it is ended when this process exits. */
  detached: boolean;
  /** Sync every write, where the version can; default true. A store that is thrown away needs no such thing. */
  syncAlways?: boolean;
  /** Told of the process as soon as there is one, before it answers. */
  onSpawn?: (server: { process: ProcessIdentity; version: string; log: string }) => void;
  signal?: AbortSignal;
}

/** A nats-server that answers, with JetStream, on this machine only. */
export interface LaunchedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly process: ProcessIdentity;
  readonly version: string;
  /** The file its output goes to. */
  readonly log: string;
  /** SIGTERM, then SIGKILL if need be; returns when it is gone. */
  stop(): Promise<void>;
}

/** Starts a nats-server and waits until it answers. Throws `failure`, with the end of its log, when it does not. */
export async function launchServer(options: LaunchOptions): Promise<LaunchedServer> {
  const { detached, signal, port = 0, syncAlways = true } = options;
  const storeDir = resolve(options.storeDir);
  const binary = resolve(options.binary);
  const answer = await probe(binary);
  if ("reason" in answer) throw new MjError("failure", `${binary} cannot be started`, { why: answer.reason });
  const { version } = answer;

  const portsDir = join(storeDir, "ports");
  const config = join(storeDir, "nats-server.conf");
  const log = join(storeDir, "nats-server.log");
  await rm(portsDir, { recursive: true, force: true });
  await mkdir(portsDir, { recursive: true, mode: 0o700 });
  await writeFile(config, serverConfig({ version, port, storeDir, portsDir, syncAlways }));

  signal?.throwIfAborted();
  const child = start(binary, config, storeDir, log);
  const { pid } = child;
  if (pid === undefined) throw await notStarted(log, await child.ended);
  const process = (await identify(pid)) ?? { pid, started: null };
  options.onSpawn?.({ process, version, log });
  if (!detached) endAtExit(pid);
  const stop = async (): Promise<void> => {
    await endProcess(process, GRACE_MS);
    endedAtExit.delete(pid);
  };
  try {
    const ready = await untilReady(child, portsDir, log, signal);
    return {
      url: `nats://127.0.0.1:${ready}`,
      port: ready,
      pid,
      process,
      version,
      log,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Started {
  pid: number | undefined;
  /** Resolves to how it ended. */
  ended: Promise<string>;
  /** The same, once it has. */
  end: () => string | null;
}

/** In a session of its own, so that Ctrl-C at a terminal reaches mjagent, which still needs the server to finish. */
function start(binary: string, config: string, cwd: string, log: string): Started {
  const out = openSync(log, "a");
  const child = spawn(binary, ["-c", config], { detached: true, cwd, stdio: ["ignore", out, out], windowsHide: true });
  closeSync(out);
  child.unref();
  let end: string | null = null;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve((end = messageOf(error))));
    child.once("exit", (code, signal) =>
      resolve((end = code === null ? `it was ended by ${String(signal)}` : `it exited with ${code}`)),
    );
  });
  return { pid: child.pid, ended, end: () => end };
}

async function untilReady(
  child: Started,
  portsDir: string,
  log: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    signal?.throwIfAborted();
    const end = child.end();
    if (end !== null) throw await notStarted(log, end);
    const port = await writtenPort(portsDir);
    if (port !== null && (await greeting(port))?.jetstream === true) return port;
    await sleep(20);
  }
  throw await notStarted(log, `it did not answer within ${READY_MS / 1000} s`);
}

/** The port in the file the server writes once it listens; null while there is none, or half of one. */
async function writtenPort(portsDir: string): Promise<number | null> {
  for (const name of await readdir(portsDir)) {
    const text = await readFile(join(portsDir, name), "utf8").catch(() => "");
    const port = /"nats":\["nats:\/\/127\.0\.0\.1:(\d+)"\]\}/.exec(text.replaceAll(/\s/g, ""))?.[1];
    if (port !== undefined) return Number(port);
  }
  return null;
}

async function notStarted(log: string, why: string): Promise<MjError> {
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n").slice(-LOG_LINES);
  return new MjError("failure", "nats-server did not start", {
    why: [`${why}; the end of its log:`, ...lines].join("\n"),
    hint: `The whole log is ${log}`,
  });
}

const endedAtExit = new Set<number>();

function endAtExit(pid: number): void {
  if (endedAtExit.size === 0) process.once("exit", () => endedAtExit.forEach((each) => send(each, "SIGTERM")));
  endedAtExit.add(pid);
}
