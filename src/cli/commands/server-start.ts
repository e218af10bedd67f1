import { startServer } from "../../nats/server/local.js";
import type { CommandContext } from "../context.js";

export async function run({ out, signal }: CommandContext): Promise<undefined> {
  const server = await startServer({ signal, onProgress: (text) => out.note(text) });
  out.item(server, {
    id: ({ url }) => url,
    text: ({ started, url, version, pid }) =>
      `nats-server ${version} ${started ? "started" : "runs already"} at ${url} (pid ${pid})`,
  });
  if (server.started) out.note("next: mjagent run --all; it goes on until mjagent server stop");
}
