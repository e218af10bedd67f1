import { sizeText } from "./artifact.js";
import { broken, type Check, doubtful, fine } from "./check.js";
import { someOf } from "./dependencies.js";
import { formatDuration } from "./duration.js";

/** A stream of the workspace, as its server tells of it. */
export interface StreamFacts {
  name: string;
  copies: number;
  /** False while too few of its servers are up: nothing can be read or written. */
  led: boolean;
  /** Servers whose copy is not up to date. */
  behind: readonly string[];
}

/** What a client can see of a NATS server. */
export interface ServerFacts {
  /** Without credentials. */
  url: string;
  version: string;
  /** Whether mjagent works with that version. */
  supported: boolean;
  /** Whether that version can be told to sync every write. */
  can_sync: boolean;
  /** Whether it is the one that `mjagent server start` started, whose configuration is known. */
  local: boolean;
  cluster: { name: string; addresses: number } | null;
  /** Bytes; of an account with tiers one for each. `limit` null: the account has none. */
  storage: readonly { used: number; limit: number | null }[];
  streams: readonly StreamFacts[];
  /** By how much this host's clock is ahead of the server's; negative: behind. */
  clock_ahead_ms: number;
}

const FILLING_PERCENT = 80;
const FULL_PERCENT = 95;
/** A difference below this is the way there and back. */
const SAME_CLOCK_MS = 2_000;

export const serverChecks = (facts: ServerFacts): Check[] => [
  natsCheck(facts),
  storageCheck(facts),
  syncCheck(facts),
  copiesCheck(facts),
  clockCheck(facts),
];

function natsCheck({ url, version, supported, cluster }: ServerFacts): Check {
  const where = cluster === null ? "" : `, of the cluster ${cluster.name} (${cluster.addresses} addresses known)`;
  const what = `nats-server ${version} at ${url}${where}`;
  if (supported) return fine("nats", what);
  return doubtful("nats", what, {
    why: "mjagent is made for nats-server 2.9 and newer",
    hint: "update nats-server",
  });
}

function storageCheck({ storage }: ServerFacts): Check {
  const id = "jetstream";
  const used = storage.reduce((sum, each) => sum + each.used, 0);
  const fullest = Math.max(0, ...storage.map((each) => (each.limit === null ? 0 : (each.used / each.limit) * 100)));
  const limits = storage.flatMap(({ limit }) => (limit === null ? [] : [sizeText(limit)]));
  if (limits.length === 0) {
    return fine(id, `JetStream keeps ${sizeText(used)}; this account has no limit`, {
      why: "what the server itself allows cannot be seen from a client",
    });
  }
  const what = `JetStream keeps ${sizeText(used)} of ${limits.join(" and ")}`;
  if (fullest < FILLING_PERCENT) return fine(id, what);
  const more = {
    why: "when it is full, nothing is published, claimed or reported any more",
    hint: "raise the account's limit, or keep ended tasks for less long: workspace.retention in mjagent.yaml",
  };
  return fullest < FULL_PERCENT ? doubtful(id, what, more) : broken(id, what, more);
}

const LOSES = "a power cut can lose what was acknowledged since; the end of a process loses nothing";

function syncCheck({ version, can_sync, local, streams }: ServerFacts): Check {
  const id = "sync";
  const fewest = Math.min(...streams.map(({ copies }) => copies));
  if (streams.length > 0 && fewest >= 3) {
    return fine(id, `every write is on most of ${fewest} servers before it counts`, {
      why: "how often each of them syncs to disk cannot be seen from a client",
    });
  }
  if (!can_sync) {
    return doubtful(id, `nats-server ${version} syncs to disk every two minutes`, {
      why: LOSES,
      hint: "nats-server 2.10 or newer can sync every write; mjagent server start then does",
    });
  }
  if (local) return fine(id, "this server syncs every write to disk (sync_interval: always)");
  return doubtful(id, "how often this server syncs to disk cannot be seen from a client", {
    why: `it is every two minutes unless its configuration says otherwise: ${LOSES}`,
    hint: "jetstream { sync_interval: always } in its configuration, or three copies in a cluster",
  });
}

function copiesCheck({ cluster, streams }: ServerFacts): Check {
  const id = "copies";
  const leaderless = streams.filter(({ led }) => !led).map(({ name }) => name);
  if (leaderless.length > 0) {
    return broken(id, `${someOf(leaderless)}: no server leads`, {
      why: "too few of the servers that have it are up: it can be neither read nor written",
      hint: "start the servers of the cluster that are down",
    });
  }
  const behind = [...new Set(streams.flatMap((stream) => stream.behind))].sort();
  if (behind.length > 0) {
    return doubtful(id, `copies on ${someOf(behind)} are not up to date`, {
      why: "these servers are away, or catching up",
      hint: "see that they run; mjagent doctor looks again",
    });
  }
  const counts = [...new Set(streams.map(({ copies }) => copies))].sort((a, b) => a - b);
  const replicate = "workspace: { replicas: 3 } in mjagent.yaml, then any command";
  if (counts.length > 1) {
    return doubtful(id, `some streams have ${counts.join(", others ")} copies`, {
      why: "a workspace stands a failure as well as the stream with the fewest",
      hint: replicate,
    });
  }
  const [copies = 1] = counts;
  if (copies > 1) return fine(id, `${copies} copies of each stream, all up to date`);
  if (cluster === null) return fine(id, "one copy of each stream, on the one server there is");
  return doubtful(id, "one copy of each stream, in a cluster", {
    why: "a stream is away for as long as the server that has it",
    hint: replicate,
  });
}

function clockCheck({ clock_ahead_ms }: ServerFacts): Check {
  const id = "clock";
  const off = Math.abs(clock_ahead_ms);
  if (off < SAME_CLOCK_MS) return fine(id, "this host's clock and the server's are the same");
  const where = clock_ahead_ms > 0 ? "ahead of" : "behind";
  return doubtful(id, `this host's clock is ${formatDuration(off)} ${where} the server's`, {
    why: "tasks are stamped with the server's time, so nothing goes wrong here; other programs may mind",
    hint: "have the hosts set their clocks from the network (NTP)",
  });
}
