import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../../chaos/ports.mjs";
import { findNatsServer } from "../../src/nats/server/find.js";
import { greeting } from "../../src/nats/server/info.js";

/** A nats-server with a configuration of the test's own (users, TLS, JWTs), without a store. */
export async function startConfigured(
  config: string,
  port?: number,
): Promise<AsyncDisposable & { port: number; url: string }> {
  const { path: binary } = await findNatsServer();
  const folder = await mkdtemp(join(tmpdir(), "mjagent-nats-conf-"));
  port ??= (await freePorts(1))[0]!;
  await writeFile(join(folder, "nats.conf"), `listen: "127.0.0.1:${port}"\n${config}\n`);
  const child = spawn(binary, ["-c", join(folder, "nats.conf")], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  while ((await greeting(port)) === null) {
    if (child.exitCode !== null) throw new Error(`nats-server did not start:\n${log}`);
    await sleep(20);
  }
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
