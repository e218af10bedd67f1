import { serverStatus } from "../../nats/server/local.js";
import type { CommandContext } from "../context.js";

export async function run({ out }: CommandContext): Promise<undefined> {
  const status = await serverStatus();
  out.item(status, {
    id: (server) => (server.running ? server.url : ""),
    text: (server, style) => {
      if (!server.running) return `no local nats-server is running; its data: ${server.store}`;
      const state = server.answers ? style.green("running") : style.yellow("running, but it does not answer");
      return `${state} at ${server.url}\n  version ${server.version}, pid ${server.pid}\n  data ${server.store}\n  log ${server.log}`;
    },
  });
  if (!status.running) out.note("next: mjagent server start");
}
