import type { WebSocket } from "@fastify/websocket";
import type { NumberedChange } from "../../domain/change.js";
import type { LiveView } from "../../operations/live-view.js";

/** Changes this close together are one message. */
const BATCH_MS = 50;
/** More than that unsent, and a client is behind: it is sent nothing until it has taken all, and then everything anew. */
const BEHIND_BYTES = 512 * 1024;
const LOOK_MS = 250;
/** A client that has not answered a ping when the next is due is gone. */
const PING_MS = 15_000;
/** So much of what happened is in a snapshot. */
const EVENTS = 200;

interface Client {
  socket: WebSocket;
  isBehind: boolean;
  isAlive: boolean;
}

/**
 * Tells any number of WebSockets what changes. Each message is made once for all, and shared by their buffers; a client
 * that does not keep up costs no more than what was sent before that showed.
 */
export class LiveFeed implements Disposable {
  readonly #clients = new Set<Client>();
  readonly #off: () => void;
  readonly #timers: NodeJS.Timeout[];
  #pending: NumberedChange[] = [];
  #batch: NodeJS.Timeout | undefined;
  #snapshot: { seq: number; frame: Buffer } | null = null;
  #resyncs = 0;

  constructor(private readonly view: LiveView) {
    this.#off = view.subscribe((change) => {
      if (this.#clients.size === 0) return;
      this.#pending.push(change);
      this.#batch ??= setTimeout(() => this.#flush(), BATCH_MS);
    });
    this.#timers = [setInterval(() => this.#catchUp(), LOOK_MS), setInterval(() => this.#ping(), PING_MS)];
  }

  /** How many listen now. */
  get clients(): number {
    return this.#clients.size;
  }

  /** How often a client was too slow and was sent everything anew. */
  get resyncs(): number {
    return this.#resyncs;
  }

  /** Sends everything, and from then on what changes, until the socket closes. */
  add(socket: WebSocket): void {
    // What is in the snapshot must not come again after it.
    this.#flush();
    const client: Client = { socket, isBehind: false, isAlive: true };
    this.#clients.add(client);
    socket.on("pong", () => (client.isAlive = true));
    socket.on("close", () => this.#clients.delete(client));
    socket.on("error", () => socket.terminate());
    socket.send(this.#snapshotFrame(), { binary: false });
  }

  [Symbol.dispose](): void {
    this.#off();
    clearTimeout(this.#batch);
    for (const timer of this.#timers) clearInterval(timer);
    for (const { socket } of this.#clients) socket.close(1001, "the coordinator stops");
  }

  #flush(): void {
    clearTimeout(this.#batch);
    this.#batch = undefined;
    const changes = this.#pending;
    this.#pending = [];
    const [first] = changes;
    if (!first) return;
    if (changes.some(({ type }) => type === "resync")) {
      for (const client of this.#clients) if (!client.isBehind) this.#resync(client);
      return;
    }
    const to = changes.at(-1)?.seq ?? first.seq;
    const frame = frameOf({ type: "changes", from: first.seq, to, changes });
    for (const client of this.#clients) {
      if (client.isBehind) continue;
      if (client.socket.bufferedAmount > BEHIND_BYTES) client.isBehind = true;
      else client.socket.send(frame, { binary: false });
    }
  }

  #catchUp(): void {
    const ready = [...this.#clients].filter(({ isBehind, socket }) => isBehind && socket.bufferedAmount === 0);
    if (ready.length === 0) return;
    this.#flush();
    for (const client of ready) {
      client.isBehind = false;
      this.#resyncs++;
      this.#resync(client);
    }
  }

  #resync({ socket }: Client): void {
    socket.send(RESYNC, { binary: false });
    socket.send(this.#snapshotFrame(), { binary: false });
  }

  #ping(): void {
    for (const client of this.#clients) {
      if (!client.isAlive) client.socket.terminate();
      client.isAlive = false;
      client.socket.ping();
    }
  }

  /** Of a thousand that connect at once, each gets the same one. */
  #snapshotFrame(): Buffer {
    const { view } = this;
    const { seq } = view;
    if (this.#snapshot?.seq !== seq) {
      const { connection } = view;
      const frame = frameOf({
        type: "snapshot",
        seq,
        overview: view.overview(),
        agents: view.agents(),
        events: view.events(EVENTS),
        connection,
      });
      this.#snapshot = { seq, frame };
    }
    return this.#snapshot.frame;
  }
}

/** Bytes, not text: a text would be encoded for each client. */
const frameOf = (message: object): Buffer => Buffer.from(JSON.stringify(message));

const RESYNC = frameOf({ type: "resync" });
