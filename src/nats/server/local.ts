import { join } from "node:path";
import { whileLocked } from "../../lock.js";
import { stateDir } from "../../paths.js";
import { findNatsServer, type FindOptions } from "./find.js";
import { greeting, isTaken } from "./info.js";
import { type LaunchedServer, launchServer, type LaunchOptions } from "./launch.js";
import { endProcess } from "./process.js";
import { readRecord, removeRecord, type ServerRecord, writeRecord } from "./record.js";

const USUAL_PORT = 4222;
const GRACE_MS = 15_000;
const DOING = "starting or stopping the local server";

/** The local server, as `mjagent server` shows it. */
export interface LocalServer {
  pid: number;
  port: number;
  url: string;
  version: string;
  /** The folder its data are in. */
  store: string;
  /** The file its output goes to. */
  log: string;
}

export type ServerStatus = ({ running: true; answers: boolean } & LocalServer) | { running: false; store: string };

/** The folder of the local server: its store, configuration, log and `server.json`. */
const serverDir = (): string => join(stateDir(), "server");

/** The URL of the local server if it runs, else null. Looks at a file and a process, not at the network. */
export async function runningServer(dir = serverDir()): Promise<string | null> {
  return (await readRecord(dir))?.url ?? null;
}

export interface StartOptions extends FindOptions {
  /** Default: `server/` in the state folder. */
  dir?: string;
}

/**
 * Starts the local server, or returns the one that runs (`started: false`). It is reachable from this machine only,
 * on port 4222 or, where that is taken, a free one; keeps its data for good; and goes on when this process ends.
 * Two starts at once end with one server. Throws `failure`, with the end of its log, when it does not come up.
 */
export async function startServer(options: StartOptions = {}): Promise<LocalServer & { started: boolean }> {
  const { dir = serverDir(), signal } = options;
  const running = known(await readRecord(dir));
  if (running) return { ...running, started: false };
  const { path: binary } = await findNatsServer(options);

  return await whileLocked(dir, { signal, doing: DOING }, async () => {
    const record = await readRecord(dir);
    const meanwhile = known(record);
    if (meanwhile) return { ...meanwhile, started: false };
    // A start that was killed halfway left a server nobody knows the port of; two on one store would ruin it.
    if (record) await endProcess(record, GRACE_MS);
    const server = await launchOnUsualPort({
      binary,
      storeDir: dir,
      detached: true,
      onSpawn: ({ process, version, log }) =>
        writeRecord(dir, { ...process, port: null, url: null, version, store: dir, log }),
      ...(signal && { signal }),
    }).catch(async (error: unknown) => {
      await removeRecord(dir);
      throw error;
    });
    const { pid, port, url, version, log } = server;
    const local = { pid, port, url, version, store: dir, log };
    writeRecord(dir, { ...local, started: server.process.started });
    return { ...local, started: true };
  });
}

/** Stops the local server and waits until it is gone. Returns what was stopped, or null when none ran. */
export async function stopServer(dir = serverDir()): Promise<{ pid: number; url: string | null } | null> {
  if ((await readRecord(dir)) === null) return null;
  return await whileLocked(dir, { doing: DOING }, async () => {
    const record = await readRecord(dir);
    if (record) await endProcess(record, GRACE_MS);
    await removeRecord(dir);
    return record && { pid: record.pid, url: record.url };
  });
}

/** Says whether the local server runs, and whether it answers with JetStream. */
export async function serverStatus(dir = serverDir()): Promise<ServerStatus> {
  const server = known(await readRecord(dir));
  if (server === null) return { running: false, store: dir };
  return { running: true, answers: (await greeting(server.port))?.jetstream === true, ...server };
}

async function launchOnUsualPort(options: LaunchOptions): Promise<LaunchedServer> {
  if (await isTaken(USUAL_PORT)) return await launchServer(options);
  try {
    return await launchServer({ ...options, port: USUAL_PORT });
  } catch (error) {
    if (!(await isTaken(USUAL_PORT))) throw error;
    return await launchServer(options);
  }
}

function known(record: ServerRecord | null): LocalServer | null {
  if (record?.url == null || record.port === null) return null;
  const { pid, port, url, version, store, log } = record;
  return { pid, port, url, version, store, log };
}
