import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../../chaos/ports.mjs";
import { findNatsServer } from "../../src/nats/server/find.js";
import { type LaunchedServer, launchServer } from "../../src/nats/server/launch.js";
import { send } from "../../src/nats/server/process.js";
import { isRunning } from "../../src/process-identity.js";

/** A real nats-server of a test's own, on a free port, with a store that is removed at the end. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Changes with `restart`. */
  readonly pid: number;
  readonly version: string;
  readonly storeDir: string;
  readonly binary: string;
  /** Ends it in good order; `restart` brings it back. */
  stop(): Promise<void>;
  /** Ends it as a crash would: nothing is flushed, nobody is told. */
  kill9(): Promise<void>;
  /** Stops it if it runs, and starts it on the same port and store. */
  restart(): Promise<void>;
}

/**
 * Starts one; `await using server = await startTestServer()` ends it and removes its store.
 * @param program another nats-server than the one the tests run against
 */
export async function startTestServer(program?: string): Promise<TestServer> {
  const binary = program ?? (await findNatsServer()).path;
  const storeDir = await mkdtemp(join(tmpdir(), "mjagent-nats-"));
  const [port] = await freePorts(1);
  const launch = (): Promise<LaunchedServer> =>
    launchServer({ binary, storeDir, port: port!, detached: false, syncAlways: false });
  let server = await launch();
  const { url, version } = server;
  return {
    url,
    port: server.port,
    version,
    storeDir,
    binary,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    async kill9() {
      send(server.pid, "SIGKILL");
      while (await isRunning(server.process)) await sleep(5);
    },
    async restart() {
      await server.stop();
      server = await launch();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(storeDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
