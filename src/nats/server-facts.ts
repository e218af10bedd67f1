import type { ServerFacts, StreamFacts } from "../domain/server-checks.js";
import { canSyncAlways } from "./server/config.js";
import { runningServer } from "./server/local.js";
import { atLeast, OLDEST_SERVER } from "./server/probe.js";
import { isUnanswered, type Session } from "./session.js";

/** What can be seen of the server a session is on, and of the streams of its workspace. */
export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const { nc, jsm, names } = session;
  const { version = "", cluster, connect_urls: addresses = [] } = nc.info ?? {};
  const url = `nats://${nc.getServer()}`;
  const clock_ahead_ms = Date.now() - Date.parse(session.now());
  const streams = Object.values(names).flatMap((each) =>
    typeof each === "object" && "stream" in each ? [each.stream] : [],
  );
  const [account, ...known] = await Promise.all([
    jsm.getAccountInfo(),
    ...streams.map((stream) => readStream(session, stream)),
  ]);
  const tiers = Object.values(account.tiers ?? {});
  return {
    url,
    version,
    supported: atLeast(version, OLDEST_SERVER),
    can_sync: canSyncAlways(version),
    local: (await runningServer()) === url,
    cluster: cluster === undefined ? null : { name: cluster, addresses: addresses.length },
    storage: (tiers.length > 0 ? tiers : [account]).flatMap((part) =>
      part ? [{ used: part.storage, limit: part.limits.max_storage > 0 ? part.limits.max_storage : null }] : [],
    ),
    streams: known,
    clock_ahead_ms,
  };
}

async function readStream({ jsm }: Session, name: string): Promise<StreamFacts> {
  try {
    const { config, cluster } = await jsm.streams.info(name);
    const away = (cluster?.replicas ?? []).filter(({ current, offline }) => !current || offline);
    return {
      name,
      copies: config.num_replicas,
      // A server by itself need not say that it leads.
      led: cluster === undefined || cluster.leader !== undefined,
      behind: away.map((peer) => peer.name),
    };
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    return { name, copies: 1, led: false, behind: [] };
  }
}
