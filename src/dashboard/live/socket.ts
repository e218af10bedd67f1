import type { LiveMessage } from "../wire.js";
import { backoff } from "./backoff.js";

export interface SocketEvents {
  onOpen: () => void;
  /** @returns false when the messages do not fit together any more: the socket is opened anew */
  onMessage: (message: LiveMessage) => boolean;
  onLost: () => void;
}

/** After so long without a word the server is asked whether it is still there: a broken line need not close a socket. */
const SILENCE_MS = 45_000;
const ANSWER_MS = 5_000;

/** Keeps `/api/live` open: what breaks is opened again, later and later, and at once when the network is back. */
export function keepOpen(url: string, events: SocketEvents): void {
  let socket: WebSocket | undefined;
  let tries = 0;
  let timer: number | undefined;
  let silence: number | undefined;

  const listen = (): void => {
    window.clearTimeout(silence);
    silence = window.setTimeout(probe, SILENCE_MS);
  };
  const probe = (): void => {
    const asked = socket;
    void fetch("api/health", { signal: AbortSignal.timeout(ANSWER_MS) }).then(listen, () => again(asked));
  };
  const again = (of: WebSocket | undefined): void => {
    if (of !== socket) return;
    socket?.close();
    socket = undefined;
    window.clearTimeout(silence);
    events.onLost();
    window.clearTimeout(timer);
    timer = window.setTimeout(open, backoff(tries++, Math.random()));
  };
  const open = (): void => {
    window.clearTimeout(timer);
    const mine = new WebSocket(url);
    socket = mine;
    mine.onopen = () => {
      listen();
      events.onOpen();
    };
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return;
      listen();
      tries = 0;
      if (!events.onMessage(JSON.parse(String(data)) as LiveMessage)) again(mine);
    };
    mine.onclose = () => again(mine);
  };
  window.addEventListener("online", () => {
    if (socket?.readyState !== WebSocket.OPEN) {
      tries = 0;
      socket?.close();
      open();
    }
  });
  window.addEventListener("offline", () => again(socket));
  open();
}
