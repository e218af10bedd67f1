import { createServer } from "node:net";

/**
 * Below the ports the system gives to clients: while a server is down, one of those could get its port, even one that
 * reconnects to it and so connects to itself.
 */
const PORTS = { from: 20_000, count: 10_000 };

/** Ports for servers that come back on them. Taken together, so that no two are the same. */
export async function freePorts(count) {
  const held = [];
  while (held.length < count) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (free) held.push({ port, server });
  }
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}
