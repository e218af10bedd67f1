import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNatsServer, type FoundServer, presentServers, SERVER_VARIABLE } from "../../src/nats/server/find.js";

/** Where `.ci/run` unpacks several versions side by side. */
const SEVERAL = join(tmpdir(), "mjagent-nats-servers");

/** The nats-server the tests run against when it fits, else another one of this machine; null when none does. */
export async function serverThat(fits: (version: string) => boolean): Promise<FoundServer | null> {
  const tried = await findNatsServer();
  if (fits(tried.version)) return tried;
  const { [SERVER_VARIABLE]: _, ...env } = process.env;
  for await (const server of presentServers({ env })) if (fits(server.version)) return server;
  for (const folder of await readdir(SEVERAL).catch(() => [])) {
    const named = { [SERVER_VARIABLE]: join(SEVERAL, folder, "usr/sbin/nats-server") };
    // One that is being unpacked is not there yet.
    const server = await findNatsServer({ env: named }).catch(() => null);
    if (server && fits(server.version)) return server;
  }
  return null;
}
