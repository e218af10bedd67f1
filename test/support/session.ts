import { parseServers } from "../../src/nats/settings.js";
import { connectNats } from "../../src/nats/connect.js";
import type { Workspace } from "../../src/nats/names.js";
import { openSession, type Session } from "../../src/nats/session.js";

export type TestSession = Session & AsyncDisposable;

let workspaces = 0;

/** A workspace that no other test of this file uses: one server serves them all. */
export function freshWorkspace(): Workspace {
  const n = ++workspaces;
  return { id: `WS${n}`, prefix: `ws${n}` };
}

/** A connection of its own with a session on it; disposing closes it at once, as when its process ends. */
export async function openTestSession(url: string, workspace: Workspace, notices?: string[]): Promise<TestSession> {
  const nc = await connectNats(parseServers(url, "test"), { name: "test", timeoutMs: 10_000 });
  try {
    const session = await openSession(nc, workspace, (notice) => notices?.push(notice));
    return Object.assign(session, { [Symbol.asyncDispose]: () => nc.close() });
  } catch (error) {
    await nc.close();
    throw error;
  }
}
