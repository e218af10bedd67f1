import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * One launcher's way to the servers: a TCP proxy in front of each, all broken in the same way at the same time.
 * @param {number[]} toPorts
 */
export async function openLink(toPorts) {
  const state = { refusing: false, delayMs: 0, swallowing: null, trap: null };
  /** A pair of sockets each, with the way to end both. */
  const pairs = new Set();
  const cut = () => [...pairs].forEach((end) => end());
  const proxies = await Promise.all(toPorts.map((port) => openProxy(port, state, pairs)));
  return {
    url: proxies.map((proxy) => `nats://127.0.0.1:${proxy.address().port}`).join(","),
    cut,
    /** Until `heal`: every connection is broken, and new ones too. */
    refuse() {
      state.refusing = true;
      cut();
    },
    /** Until `heal`: every byte takes longer, in both directions. */
    delay: (ms) => void (state.delayMs = ms),
    /** Until `heal`: connections stay open, and nothing comes through in this direction: `up`, `down` or `both`. */
    swallow: (direction) => void (state.swallowing = direction),
    /**
     * Until `heal`: the next thing that is sent and contains `text` reaches the server, and from then on nothing comes
     * back. Resolves then.
     */
    loseAnswerTo: (text) => new Promise((sprung) => (state.trap = { text, sprung })),
    heal() {
      // What was swallowed is missing in the middle of the stream: such a connection is of no use any more.
      if (state.swallowing !== null) cut();
      Object.assign(state, { refusing: false, delayMs: 0, swallowing: null, trap: null });
    },
    async close() {
      state.refusing = true;
      cut();
      await Promise.all(proxies.map((proxy) => (proxy.close(), once(proxy, "close"))));
    },
  };
}

async function openProxy(toPort, state, pairs) {
  const server = createServer((client) => {
    client.on("error", () => undefined);
    if (state.refusing) return void client.destroy();
    const upstream = connect(toPort, "127.0.0.1");
    const end = () => {
      pairs.delete(end);
      client.destroy();
      upstream.destroy();
    };
    pairs.add(end);
    for (const socket of [client, upstream]) socket.setNoDelay(true).on("error", end).on("close", end);
    pass(client, upstream, state, "up");
    pass(upstream, client, state, "down");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Hands bytes on in order, also when the delay changes while some are on their way. */
function pass(from, to, state, direction) {
  const waiting = [];
  let timer = null;
  const deliver = () => {
    timer = null;
    while (waiting.length > 0 && waiting[0].due <= performance.now()) to.write(waiting.shift().data);
    if (waiting.length > 0) timer = setTimeout(deliver, Math.max(1, waiting[0].due - performance.now()));
  };
  from.on("data", (data) => {
    if (direction === "up" && state.trap !== null && data.includes(state.trap.text)) {
      state.trap.sprung();
      Object.assign(state, { trap: null, swallowing: "down" });
    }
    if (state.swallowing === direction || state.swallowing === "both") return;
    if (state.delayMs === 0 && waiting.length === 0) return void to.write(data);
    waiting.push({ data, due: performance.now() + state.delayMs });
    timer ??= setTimeout(deliver, state.delayMs);
  });
  from.on("close", () => clearTimeout(timer));
}
