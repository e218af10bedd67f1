import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { canSyncAlways } from "../../../src/nats/server/config.js";
import { findNatsServer } from "../../../src/nats/server/find.js";
import { greeting } from "../../../src/nats/server/info.js";
import {
  type LocalServer,
  runningServer,
  serverStatus,
  startServer,
  stopServer,
} from "../../../src/nats/server/local.js";
import { send } from "../../../src/nats/server/process.js";
import { identify, isRunning } from "../../../src/process-identity.js";
import { temporaryFolder, writeFakeServer } from "./release-host.js";
import { eventually } from "../../support/eventually.js";

/** A folder for the local server, which is stopped before the folder goes. */
async function home(): Promise<AsyncDisposable & { dir: string }> {
  const folder = await temporaryFolder();
  const dir = join(folder.path, "state", "server");
  return {
    dir,
    async [Symbol.asyncDispose]() {
      await stopServer(dir);
      await folder[Symbol.asyncDispose]();
    },
  };
}

const serversOf = async (dir: string): Promise<number[]> => {
  const ps = await execa("ps", ["-eo", "pid=,args="]);
  return ps.stdout
    .split("\n")
    .filter((line) => line.includes(join(dir, "nats-server.conf")))
    .map((line) => Number.parseInt(line, 10));
};

test("starts, is found again, and stops", async () => {
  await using at = await home();
  const { dir } = at;
  expect(await serverStatus(dir)).toEqual({ running: false, store: dir });
  expect(await runningServer(dir)).toBeNull();
  expect(await stopServer(dir)).toBeNull();

  const started = await startServer({ dir });
  const { started: isNew, ...server } = started;
  expect(isNew).toBe(true);
  expect(await serverStatus(dir)).toEqual({ running: true, answers: true, ...server });
  expect(await runningServer(dir)).toBe(server.url);
  expect((await greeting(server.port))?.jetstream).toBe(true);
  expect(existsSync(server.log)).toBe(true);

  expect(await stopServer(dir)).toEqual({ pid: server.pid, url: server.url });
  expect(await identify(server.pid)).toBeNull();
  expect(await serverStatus(dir)).toEqual({ running: false, store: dir });
  expect((await readdir(dir)).filter((name) => /lock|server\.json/.test(name))).toEqual([]);
});

test("is durable and reachable from this machine only", async () => {
  await using at = await home();
  const { version } = await startServer({ dir: at.dir });
  const config = await readFile(join(at.dir, "nats-server.conf"), "utf8");

  expect(config).toMatch(/listen: "127\.0\.0\.1:/);
  expect(config.includes("sync_interval: always")).toBe(canSyncAlways(version));
  expect(config).toContain(`store_dir: "${at.dir}"`);
});

test("starting twice returns the one that runs", async () => {
  await using at = await home();
  const first = await startServer({ dir: at.dir });
  const second = await startServer({ dir: at.dir });
  expect(second).toEqual({ ...first, started: false });
});

test("many starts at once end with one server", async () => {
  await using at = await home();
  const starts = await Promise.all(Array.from({ length: 5 }, () => startServer({ dir: at.dir })));

  expect(starts.filter(({ started }) => started)).toHaveLength(1);
  expect(new Set(starts.map(({ pid }) => pid)).size).toBe(1);
  expect(await serversOf(at.dir)).toEqual([starts[0]?.pid]);
});

test("starts from several processes at once end with one server, which outlives them all", async () => {
  await using at = await home();
  const { path: binary } = await findNatsServer();
  const built = new URL("../../../dist/nats/server/local.js", import.meta.url).href;
  const program = `import { startServer } from ${JSON.stringify(built)};
    console.log(JSON.stringify(await startServer({ dir: ${JSON.stringify(at.dir)} })));`;
  const runs = await Promise.all(
    Array.from({ length: 4 }, () =>
      execa("node", ["--input-type=module", "-e", program], { env: { MJAGENT_NATS_SERVER: binary } }),
    ),
  );
  const starts = runs.map(({ stdout }) => JSON.parse(stdout) as LocalServer & { started: boolean });

  expect(starts.filter(({ started }) => started)).toHaveLength(1);
  expect(await serversOf(at.dir)).toEqual([starts[0]?.pid]);
  expect(await serverStatus(at.dir)).toMatchObject({ running: true, answers: true, pid: starts[0]?.pid });
});

test("takes a free port when 4222 is taken", async () => {
  await using at = await home();
  const squatter = createServer();
  // Another test may have it, for a while.
  await eventually(
    () =>
      new Promise<boolean>((resolve) => {
        squatter.removeAllListeners("error").once("error", () => resolve(false));
        squatter.listen(4222, "127.0.0.1", () => resolve(true));
      }),
  );
  try {
    const { port } = await startServer({ dir: at.dir });
    expect(port).not.toBe(4222);
    expect((await greeting(port))?.jetstream).toBe(true);
  } finally {
    squatter.close();
  }
});

test("a server that was killed is not taken for running, and can be started again", async () => {
  await using at = await home();
  const first = await startServer({ dir: at.dir });
  send(first.pid, "SIGKILL");
  await eventually(async () => (await identify(first.pid)) === null);

  expect(await runningServer(at.dir)).toBeNull();
  const second = await startServer({ dir: at.dir });
  expect(second.started).toBe(true);
  expect(second.pid).not.toBe(first.pid);
});

test("another process that got the number of a server gone by is left alone", async () => {
  await using at = await home();
  const { started, ...server } = await startServer({ dir: at.dir });
  expect(started).toBe(true);
  await stopServer(at.dir);
  const record = { ...server, pid: process.pid, started: "another boot:1" };
  await writeFile(join(at.dir, "server.json"), JSON.stringify(record));

  expect(await runningServer(at.dir)).toBeNull();
  expect(await stopServer(at.dir)).toBeNull();
});

test("a start that was killed before the server answered leaves one that the next start replaces", async () => {
  await using at = await home();
  const first = await startServer({ dir: at.dir });
  const record = JSON.parse(await readFile(join(at.dir, "server.json"), "utf8")) as object;
  await writeFile(join(at.dir, "server.json"), JSON.stringify({ ...record, port: null, url: null }));
  expect(await runningServer(at.dir)).toBeNull();

  const second = await startServer({ dir: at.dir });
  expect(second.started).toBe(true);
  expect(await serversOf(at.dir)).toEqual([second.pid]);
  expect(second.pid).not.toBe(first.pid);
});

test("a lock left by a process that is gone does not hold anybody up, nor does a broken record", async () => {
  await using at = await home();
  await startServer({ dir: at.dir });
  await stopServer(at.dir);
  await writeFile(join(at.dir, "lock-left"), JSON.stringify({ pid: 2 ** 22 + 1, started: null }));
  await writeFile(join(at.dir, "server.json"), '{"pid": 1');

  expect((await startServer({ dir: at.dir })).started).toBe(true);
  expect(existsSync(join(at.dir, "lock-left"))).toBe(false);
});

test("a start that fails shows the end of the log and leaves neither a record nor a lock", async () => {
  await using at = await home();
  const binary = await writeFakeServer(join(at.dir, "..", "bad", "nats-server"), "2.14.5");
  await writeFile(
    binary,
    '#!/bin/sh\n[ "$1" = --version ] && { echo "nats-server: v2.14.5"; exit; }\necho "no space left"; exit 3\n',
  );
  const start = startServer({ dir: at.dir, env: { MJAGENT_NATS_SERVER: binary } });

  await expect(start).rejects.toMatchObject({
    why: expect.stringMatching(/it exited with 3[^]*no space left/) as string,
  });
  expect(await serverStatus(at.dir)).toEqual({ running: false, store: at.dir });
  expect((await readdir(at.dir)).filter((name) => /lock|server\.json/.test(name))).toEqual([]);
});

test("a process is told from a later one with its number", async () => {
  const me = await identify(process.pid);
  expect(me).not.toBeNull();
  expect(await isRunning(me!)).toBe(true);
  if (me!.started !== null) expect(await isRunning({ pid: process.pid, started: `${me!.started}0` })).toBe(false);
});
