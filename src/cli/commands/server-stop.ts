import { stopServer } from "../../nats/server/local.js";
import type { CommandContext } from "../context.js";

export async function run({ out }: CommandContext): Promise<undefined> {
  const stopped = await stopServer();
  out.item(
    { stopped: stopped !== null, pid: stopped?.pid ?? null, url: stopped?.url ?? null },
    {
      text: ({ pid }) =>
        pid === null ? "no local nats-server was running" : `nats-server stopped (pid ${pid}); its data stay`,
    },
  );
}
