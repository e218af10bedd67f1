import { jetstreamManager } from "@nats-io/jetstream";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectNats } from "../dist/nats/connect.js";
import { namesOf } from "../dist/nats/names.js";
import { openSession } from "../dist/nats/session.js";
import { ensureTopology } from "../dist/nats/topology.js";
import { openDisk } from "./disk.mjs";
import { LauncherProcess } from "./launchers.mjs";
import { openLink } from "./link.mjs";
import { replicasAreASetting, roleOf, WORKSPACE, writeProject } from "./project.mjs";
import { startServers } from "./servers.mjs";

/** Everything of a run that can be broken, and a connection of its own that is not: servers, launchers, their ways. */
export async function openField(folder, { servers: count, launchers: number }) {
  const opened = [];
  const close = async () => {
    for (const end of opened.splice(0).toReversed()) await end();
  };
  try {
    const servers = await startServers(folder, count);
    opened.push(servers.stop);
    const project = await writeProject(join(folder, "project"), count);
    const nc = await connectNats({ servers: servers.urls }, { name: "chaos", timeoutMs: 5_000 });
    opened.push(() => nc.close());
    if (count === 3 && !replicasAreASetting) await makeReplicated(nc);
    const session = await openSession(nc, WORKSPACE);
    const launchers = [];
    for (let index = 0; index < number; index++) {
      const id = `Chaos-${index + 1}`;
      const own = join(folder, id);
      await mkdir(own);
      const disk = openDisk(join(own, "state"));
      opened.push(disk.close);
      const link = await openLink(servers.members.map(({ port }) => port));
      opened.push(link.close);
      const of = { index, id, role: roleOf(index), project, folder: own, state: disk.folder, link, disk };
      const launcher = new LauncherProcess({ ...of, faulted: new Set() });
      opened.push(async () => {
        launcher.retire();
        await launcher.kill();
      });
      launchers.push(launcher);
    }
    return { servers, session, launchers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * TO BE REMOVED with `replicasAreASetting` once `workspace.replicas` is a setting: the same streams, made beforehand
 * with three replicas, which launchers then take as they are.
 */
async function makeReplicated(nc) {
  const jsm = await jetstreamManager(nc);
  const streams = {
    info: (name) => jsm.streams.info(name),
    add: (config) => jsm.streams.add({ ...config, num_replicas: 3 }),
  };
  for (let tries = 1; ; tries++) {
    try {
      return await ensureTopology({ streams }, namesOf(WORKSPACE), () => undefined);
    } catch (error) {
      // A cluster that has just found together does not take streams for a moment.
      if (tries === 20) throw error;
      await sleep(500);
    }
  }
}
