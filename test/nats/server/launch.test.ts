import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { findNatsServer } from "../../../src/nats/server/find.js";
import { greeting } from "../../../src/nats/server/info.js";
import { launchServer } from "../../../src/nats/server/launch.js";
import { identify, isRunning } from "../../../src/process-identity.js";
import { startTestServer } from "../../support/nats-server.js";
import { temporaryFolder, writeFakeServer } from "./release-host.js";

test("a launched server answers with JetStream on the port it says, and is gone after stop", async () => {
  await using folder = await temporaryFolder();
  const { path: binary, version } = await findNatsServer();
  const server = await launchServer({ binary, storeDir: folder.path, detached: false });

  expect(server).toMatchObject({ url: `nats://127.0.0.1:${server.port}`, version });
  expect(await greeting(server.port)).toEqual({ version, jetstream: true });
  expect(existsSync(join(folder.path, "jetstream"))).toBe(true);

  await server.stop();
  expect(await isRunning(server.process)).toBe(false);
  expect(await greeting(server.port)).toBeNull();
  await server.stop();
});

test("a port that is taken is an error that shows the end of the log", async () => {
  await using folder = await temporaryFolder();
  const { path: binary } = await findNatsServer();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
  const { port } = squatter.address() as AddressInfo;
  try {
    await expect(launchServer({ binary, storeDir: folder.path, port, detached: false })).rejects.toMatchObject({
      code: "failure",
      message: "nats-server did not start",
      why: expect.stringMatching(/it exited with 1; the end of its log:[^]*address already in use/) as string,
      hint: expect.stringContaining("nats-server.log") as string,
    });
  } finally {
    squatter.close();
  }
});

test("a program that ends without a word is an error too", async () => {
  await using folder = await temporaryFolder();
  const binary = await writeFakeServer(join(folder.path, "nats-server"), "2.14.5");

  await expect(launchServer({ binary, storeDir: folder.path, detached: false })).rejects.toMatchObject({
    why: expect.stringContaining("it exited with 0") as string,
  });
});

test("a launch that is called off leaves no server behind", async () => {
  await using folder = await temporaryFolder();
  const { path: binary } = await findNatsServer();
  const controller = new AbortController();
  const pids: number[] = [];
  const launch = launchServer({
    binary,
    storeDir: folder.path,
    detached: false,
    signal: controller.signal,
    onSpawn: ({ process }) => {
      pids.push(process.pid);
      controller.abort(new Error("called off"));
    },
  });

  await expect(launch).rejects.toThrow("called off");
  expect(await Promise.all(pids.map(identify))).toEqual([null]);
});

test("a server that is not detached ends with the process that launched it", async () => {
  await using folder = await temporaryFolder();
  const { path: binary } = await findNatsServer();
  const script = join(folder.path, "launch.mjs");
  const built = new URL("../../../dist/nats/server/launch.js", import.meta.url).href;
  await writeFile(
    script,
    `import { launchServer } from ${JSON.stringify(built)};
    const server = await launchServer({ binary: ${JSON.stringify(binary)}, storeDir: ${JSON.stringify(folder.path)}, detached: false });
    console.log(JSON.stringify(server.process));`,
  );

  const { stdout } = await execa("node", [script], { timeout: 20_000 });
  const identity = JSON.parse(stdout) as { pid: number; started: string };
  await expect.poll(() => isRunning(identity), { timeout: 10_000 }).toBe(false);
});

test("the test server comes back on its port and store, after stop and after kill -9", async () => {
  await using server = await startTestServer();
  const { url, port } = server;
  const first = server.pid;
  await server.kill9();
  expect(await greeting(port)).toBeNull();

  await server.restart();
  expect(server).toMatchObject({ url, port });
  expect(server.pid).not.toBe(first);
  expect((await greeting(port))?.jetstream).toBe(true);

  await server.stop();
  expect(await greeting(port)).toBeNull();
  await server.restart();
  expect((await greeting(port))?.jetstream).toBe(true);
  expect(await readFile(join(server.storeDir, "nats-server.conf"), "utf8")).toContain(`127.0.0.1:${port}`);
});
