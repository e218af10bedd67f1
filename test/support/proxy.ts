import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A real TCP proxy in front of a server, for what networks do: cuts, and answers that get lost. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Breaks every connection; with `refuse`, new ones are broken too until `accept` is called. */
  cut(options?: { refuse?: boolean }): void;
  accept(): void;
  /**
   * The next thing a client sends that contains `sent` reaches the server, but nothing the server says from then on
   * comes through; once it has said `answer`, the connection is broken. Resolves then.
   */
  loseAnswer(sent: string, answer: string): Promise<void>;
  /** Nothing the server says comes through any more, on connections that stay open, until `unmute`. */
  mute(): void;
  unmute(): void;
}

export async function startProxy(toPort: number): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>();
  let refusing = false;
  let muted = false;
  let trap: { sent: string; answer: string; sprung: () => void } | null = null;

  const server = createServer((client) => {
    if (refusing) return void client.destroy();
    const upstream = connect(toPort, "127.0.0.1");
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    let losing: typeof trap = null;
    let said = "";
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    client.on("data", (data) => {
      if (trap && data.toString("latin1").includes(trap.sent)) [losing, trap] = [trap, null];
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (losing) {
        said += data.toString("latin1");
        if (!said.includes(losing.answer)) return;
        end();
        losing.sprung();
      } else if (!muted) client.write(data);
    });
    for (const socket of pair) socket.on("error", end).on("close", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const [client, upstream] of pairs) {
      client.destroy();
      upstream.destroy();
    }
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    cut({ refuse = false } = {}) {
      refusing = refuse;
      cut();
    },
    accept: () => void (refusing = false),
    loseAnswer: (sent, answer) => new Promise((sprung) => (trap = { sent, answer, sprung })),
    mute: () => void (muted = true),
    unmute: () => void (muted = false),
    async [Symbol.asyncDispose]() {
      refusing = true;
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
