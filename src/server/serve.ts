import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { Candidate } from "../dispatcher/candidate.js";
import { errnoOf, MjError } from "../errors.js";
import { onStatus } from "../nats/connect.js";
import { Notices } from "../nats/notices.js";
import type { Session } from "../nats/session.js";
import { LiveView } from "../operations/live-view.js";
import type { Coordinator } from "./api.js";
import { buildApp } from "./app.js";
import { allowedHosts, type Binding, urlOf } from "./guard/hosts.js";
import { Links } from "./guard/links.js";
import { linkOf } from "./guard/signing.js";
import type { Tokens } from "./guard/tokens.js";
import { LiveFeed } from "./live/feed.js";
import { startMetrics } from "./metrics.js";

export interface ServeOptions {
  /** `port` 0: any that is free. */
  binding: Binding;
  tokens: Tokens;
  /** Whom steering is ascribed to. */
  person: string;
  onEvent: (event: ServeEvent) => void;
}

/** What happens to the coordinator itself. */
export type ServeEvent =
  | { type: "leading"; instance_id: string }
  | { type: "notice"; message: string }
  | { type: "failed"; what: string; error: unknown };

/** The lease of owners that no beat was ever seen of. */
const LEASE_MS = 90_000;

/** A running coordinator; disposing of it ends every connection to it. */
export interface Served extends AsyncDisposable {
  url: string;
  port: number;
  /** A new address that logs a browser in, once. */
  link: () => string;
}

/**
 * Serves the API and the dashboard, and takes part in the election of the dispatcher.
 * @throws MjError conflict: something else is at that port; usage: that address is not this machine's
 */
export async function serve(session: Session, options: ServeOptions): Promise<Served> {
  const opened: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    return await open(session, options, opened, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  session: Session,
  { binding, tokens, person, onEvent }: ServeOptions,
  opened: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Served> {
  const stopped = new AbortController();
  opened.push(() => stopped.abort());
  const notices = new Notices(session, (message) => onEvent({ type: "notice", message }));
  onStatus(session.nc, ({ type }) => {
    if (stopped.signal.aborted) return;
    if (type === "disconnected") notices.say("connection to NATS lost: what was known is shown");
    if (type === "reconnected") notices.say(`connected again to ${session.nc.getServer()}`);
  });
  const instanceId = randomUUID();
  const onLeading = (): void => onEvent({ type: "leading", instance_id: instanceId });
  const view = await LiveView.start(session, stopped.signal);
  // Not at the same time: both read every task, and a server cuts off who is sent 64 MiB more than it takes in.
  const candidate = new Candidate(session, { instanceId, leaseMs: LEASE_MS, onLeading, notices });
  opened.push(() => candidate[Symbol.asyncDispose]());
  const feed = new LiveFeed(view);
  const coordinator: Coordinator = { session, view, person, isLeading: () => candidate.leading };
  const metrics = startMetrics(coordinator, feed);
  opened.push(() => metrics[Symbol.dispose]());

  let port = binding.port;
  let hosts: ReadonlySet<string> = new Set();
  let links = new Links(tokens.operate, port, Date.now());
  const app = await buildApp(coordinator, {
    ...{ tokens, feed, metrics },
    port: () => port,
    hosts: () => hosts,
    links: () => links,
    onTrouble: (what, error) => onEvent({ type: "failed", what, error }),
  });
  opened.push(
    () => app.close(),
    () => feed[Symbol.dispose](),
  );
  await app.listen(binding).catch((error: unknown) => {
    throw notListening(binding, error);
  });
  port = portOf(app.server.address());
  hosts = allowedHosts({ ...binding, port }, { hostname: hostname(), addresses: ownAddresses() });
  links = new Links(tokens.operate, port, Date.now());
  const url = urlOf({ ...binding, port });
  return {
    url,
    port,
    link: () => linkOf(url, tokens.operate, port, Date.now()),
    [Symbol.asyncDispose]: close,
  };
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === "object" && address ? address.port : 0;

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));

function notListening({ host, port }: Binding, error: unknown): unknown {
  const code = errnoOf(error);
  if (code === "EADDRINUSE") {
    return new MjError("conflict", `port ${port} of ${host} is taken`, {
      why: "another coordinator, or another program, listens there",
      hint: `choose another: mjagent serve --port ${port + 1}`,
      cause: error,
    });
  }
  if (code === "EACCES") {
    const why = "ports below 1024 are for the administrator";
    return new MjError("usage", `port ${port} may not be used`, {
      why,
      hint: "mjagent serve --port 8001",
      cause: error,
    });
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new MjError("usage", `${host} is not an address of this machine`, {
      hint: "leave --host out, or name an address that `ip addr` shows",
      cause: error,
    });
  }
  return error;
}
