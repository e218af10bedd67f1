import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../chaos/ports.mjs";
import { eventually } from "./eventually.js";

/** A real cluster of three nats-servers with JetStream on this machine. */
export interface TestCluster extends AsyncDisposable {
  /** Of each server. */
  readonly urls: readonly string[];
  /** Ends one as a crash would. */
  kill9(server: number): Promise<void>;
  /** Resolves when it is one of the cluster again; its streams may still be catching up. */
  start(server: number): Promise<void>;
}

const SERVERS = [0, 1, 2];

/** @param binary a nats-server */
export async function startTestCluster(binary: string): Promise<TestCluster> {
  const root = await mkdtemp(join(tmpdir(), "mjagent-cluster-"));
  const ports = await freePorts(3 * SERVERS.length);
  const client = (n: number): number => ports[n] ?? 0;
  const route = (n: number): number => ports[SERVERS.length + n] ?? 0;
  const monitor = (n: number): number => ports[2 * SERVERS.length + n] ?? 0;
  const running = new Map<number, ChildProcess>();

  const start = async (n: number): Promise<void> => {
    const config = [
      `server_name: s${n}`,
      `listen: "127.0.0.1:${client(n)}"`,
      `http: "127.0.0.1:${monitor(n)}"`,
      `jetstream { store_dir: ${JSON.stringify(join(root, `s${n}`))} }`,
      `cluster { name: C, listen: "127.0.0.1:${route(n)}"`,
      `  routes: [${SERVERS.filter((other) => other !== n)
        .map((other) => `"nats://127.0.0.1:${route(other)}"`)
        .join(", ")}] }`,
    ];
    const file = join(root, `s${n}.conf`);
    await writeFile(file, config.join("\n"));
    running.set(n, spawn(binary, ["-c", file, "-l", join(root, `s${n}.log`)], { stdio: "ignore" }));
    // Not its whole health: 2.9 never again calls an idle consumer current after a restart.
    await eventually(
      async () => (await fetch(`http://127.0.0.1:${monitor(n)}/healthz?js-server-only=true`)).ok,
      60_000,
    );
  };
  const kill9 = async (n: number): Promise<void> => {
    const child = running.get(n);
    running.delete(n);
    if (!child || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };

  await Promise.all(SERVERS.map(start));
  // Up is not joined: whoever leads them must know the others before it can place copies.
  await eventually(async () => {
    const peers = await Promise.all(SERVERS.map((n) => peersOf(monitor(n))));
    return peers.some((known) => known === SERVERS.length - 1);
  }, 60_000);
  return {
    urls: SERVERS.map((n) => `nats://127.0.0.1:${client(n)}`),
    kill9,
    start,
    async [Symbol.asyncDispose]() {
      await Promise.all(SERVERS.map(kill9));
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** How many other servers the leader of the cluster finds in order; 0: this one does not lead. */
async function peersOf(monitorPort: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${monitorPort}/jsz`);
  const { meta_cluster } = (await answer.json()) as {
    meta_cluster?: { replicas?: { current: boolean; offline?: boolean }[] };
  };
  return (meta_cluster?.replicas ?? []).filter(({ current, offline }) => current && offline !== true).length;
}
