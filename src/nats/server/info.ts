import { connect } from "node:net";

/** What of a server's first line matters here. */
export interface ServerInfo {
  version: string;
  jetstream: boolean;
}

const LIMIT_BYTES = 64 * 1024;

/** Connects to a port of this machine and reads the `INFO` line a nats-server greets with; null when none comes. */
export async function greeting(port: number, timeoutMs = 1_000): Promise<ServerInfo | null> {
  return await new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    const settle = (info: ServerInfo | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(info);
    };
    const timer = setTimeout(() => settle(null), timeoutMs);
    socket.setEncoding("utf8");
    socket.on("error", () => settle(null));
    socket.on("close", () => settle(null));
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\r\n") || text.length > LIMIT_BYTES) settle(parse(text));
    });
  });
}

/** Whether anything at all listens on a port of this machine. */
export async function isTaken(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.on("connect", () => settle(true));
    socket.on("error", () => settle(false));
    socket.setTimeout(1_000, () => settle(false));
  });
}

function parse(text: string): ServerInfo | null {
  const line = /^INFO (\{.*\})\s*\r\n/.exec(text)?.[1];
  if (line === undefined) return null;
  try {
    const info = JSON.parse(line) as { version?: unknown; jetstream?: unknown };
    return typeof info.version === "string" ? { version: info.version, jetstream: info.jetstream === true } : null;
  } catch {
    return null;
  }
}
