import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { connectNats } from "../dist/nats/connect.js";
import { openSession } from "../dist/nats/session.js";
import { openDisk } from "./disk.mjs";
import { LauncherProcess } from "./launchers.mjs";
import { openLink } from "./link.mjs";
import { roleOf, workspaceFor, writeProject } from "./project.mjs";
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
    const session = await openSession(nc, workspaceFor(count));
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
