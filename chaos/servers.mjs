import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mayReplicate } from "../dist/domain/replication.js";
import { findNatsServer, presentServers } from "../dist/nats/server/find.js";
import { greeting } from "../dist/nats/server/info.js";
import { freePorts } from "./ports.mjs";

const READY_MS = 60_000;

/**
 * One nats-server, or a JetStream cluster of three, with the default sync settings; each can be killed and started
 * again on its own store.
 */
export async function startServers(folder, count) {
  const { path: binary, version } = await serverFor(count);
  const ports = await freePorts(count * 3);
  const members = Array.from({ length: count }, (_, i) => ({
    name: `chaos-${i + 1}`,
    folder: join(folder, `nats-${i + 1}`),
    port: ports[i],
    http: ports[count + i],
    route: ports[2 * count + i],
    child: null,
    exit: Promise.resolve(),
    /** When it last was found to be in order; null while it is not. */
    healthySince: null,
  }));
  for (const member of members) {
    await mkdir(member.folder, { recursive: true });
    await writeFile(join(member.folder, "nats.conf"), configOf(member, members));
  }
  const servers = {
    version,
    members,
    urls: members.map(({ port }) => `nats://127.0.0.1:${port}`),
    /** True when every server has been in order for a while: one may be killed without another being away. */
    settled: (ms) => members.every(({ healthySince }) => healthySince !== null && Date.now() - healthySince >= ms),
    async kill(index) {
      const member = members[index];
      member.healthySince = null;
      member.child.kill("SIGKILL");
      await member.exit;
    },
    async start(index) {
      start(members[index], binary);
      await untilHealthy(members[index]);
    },
    async stop() {
      for (const { child } of members) child?.kill("SIGKILL");
      await Promise.all(members.map(({ exit }) => exit));
    },
  };
  for (const member of members) start(member, binary);
  await Promise.all(members.map(untilHealthy));
  return servers;
}

/** The one everything uses, unless another on this machine can be trusted with copies and it cannot. */
async function serverFor(count) {
  const usual = await findNatsServer({ onProgress: (text) => console.error(text) });
  if (mayReplicate(usual.version, count)) return usual;
  for await (const other of presentServers()) if (mayReplicate(other.version, count)) return other;
  return usual;
}

function start(member, binary) {
  const log = openSync(join(member.folder, "nats.log"), "a");
  member.child = spawn(binary, ["-c", join(member.folder, "nats.conf")], { stdio: ["ignore", log, log] });
  closeSync(log);
  const { child } = member;
  member.exit = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
}

/** Answers with JetStream, and says itself that streams and consumers are there and, in a cluster, up to date. */
async function untilHealthy(member) {
  const deadline = Date.now() + READY_MS;
  const { child } = member;
  while (Date.now() < deadline && member.child === child && child.exitCode === null && child.signalCode === null) {
    if ((await greeting(member.port))?.jetstream === true && (await isHealthy(member))) {
      member.healthySince = Date.now();
      return;
    }
    await sleep(100);
  }
  throw new Error(`${member.name} did not come up; its log: ${join(member.folder, "nats.log")}`);
}

async function isHealthy({ http }) {
  try {
    const answer = await fetch(`http://127.0.0.1:${http}/healthz`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok;
  } catch {
    return false;
  }
}

function configOf(member, members) {
  const lines = [
    `server_name: ${member.name}`,
    `listen: "127.0.0.1:${member.port}"`,
    `http: "127.0.0.1:${member.http}"`,
    `jetstream { store_dir: ${JSON.stringify(join(member.folder, "store"))} }`,
  ];
  if (members.length > 1) {
    const routes = members.map(({ route }) => `"nats://127.0.0.1:${route}"`).join(", ");
    // Not advertised: clients would learn of the other servers and go around their proxies.
    lines.push(`cluster { name: chaos, listen: "127.0.0.1:${member.route}", routes: [${routes}], no_advertise: true }`);
  }
  return `${lines.join("\n")}\n`;
}
