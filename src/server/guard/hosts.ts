/** Where the coordinator listens. */
export interface Binding {
  /** As given: a name or an address. */
  host: string;
  port: number;
}

/** What this machine is called, for a binding that is not to one address. */
export interface Machine {
  hostname: string;
  /** Of its network interfaces. */
  addresses: readonly string[];
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);

/** An IPv6 address stands in brackets in a URL. */
const inUrl = (host: string): string => (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);

/** True when nothing but this machine can connect. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** Where a browser of this machine finds it. */
export function urlOf({ host, port }: Binding): string {
  return `http://${inUrl(EVERY_ADDRESS.has(host) ? "127.0.0.1" : host)}:${port}`;
}

/**
 * The values of `Host` to answer to. Any other name was made to point here by somebody else: a page of that name would
 * count as ours for the browser (DNS rebinding).
 */
export function allowedHosts({ host, port }: Binding, { hostname, addresses }: Machine): ReadonlySet<string> {
  const own = EVERY_ADDRESS.has(host) ? [hostname, ...addresses] : [host];
  const names = [...LOOPBACK, ...own.map(inUrl)].map((name) => name.toLowerCase());
  // A browser leaves the port of http out.
  return new Set(names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}
