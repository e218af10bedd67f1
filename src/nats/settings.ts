import { MjError } from "../errors.js";

/** Where and as whom to connect. Files are absolute paths. */
export interface NatsSettings {
  /** `nats://host:port` or `tls://host:port`, without credentials in them. Empty: the default was not filled in yet. */
  servers: string[];
  /** A credentials file: JWT and seed. */
  creds?: string;
  user?: string;
  password?: string;
  token?: string;
  /** A file with an nkey seed. */
  nkey?: string;
  /** From a natscli context only. */
  userJwt?: string;
  userSeed?: string;
  ca?: string;
  cert?: string;
  key?: string;
  /** From a natscli context only: TLS before the server's first word. */
  tlsFirst?: boolean;
  /** From a natscli context only. */
  inboxPrefix?: string;
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * What a server setting says: one URL, or several with commas between them. Credentials in a URL (`user:password@`, or
 * `token@`) are taken out of it, as NATS clients do, so that no message can show them.
 * @param source how messages call the setting (`--server`, `NATS_URL`, …)
 * @throws MjError `usage` for what is not a NATS URL
 */
export function parseServers(text: string, source: string): NatsSettings {
  const settings: NatsSettings = { servers: [] };
  for (const part of text.split(",").map((url) => url.trim())) {
    if (part === "") continue;
    const url = parseUrl(part, source);
    settings.servers.push(`${url.scheme}://${url.host}`);
    if (settings.user !== undefined || settings.token !== undefined || url.user === "") continue;
    if (url.password === undefined) settings.token = url.user;
    else Object.assign(settings, { user: url.user, password: url.password });
  }
  if (settings.servers.length === 0) throw new MjError("usage", `${source} names no server`, { hint: EXAMPLE });
  return settings;
}

const EXAMPLE = "write it as nats://127.0.0.1:4222; several with commas between them";

function parseUrl(part: string, source: string) {
  const scheme = SCHEME.exec(part)?.[1]?.toLowerCase() ?? "nats";
  if (scheme !== "nats" && scheme !== "tls") {
    const why = scheme.startsWith("ws")
      ? "WebSocket connections are not supported"
      : `${scheme}:// is not a NATS scheme`;
    throw new MjError("usage", `${source}: cannot connect with ${scheme}://`, { why, hint: EXAMPLE });
  }
  const rest = part.replace(SCHEME, "");
  try {
    // "http" because URL() parses hosts and ports only of the schemes browsers know.
    const url = new URL(`http://${rest}`);
    // URL() drops the port 80 as http's own.
    const port = url.port === "" ? (/:80\/?$/.test(rest) ? "80" : "4222") : url.port;
    // An empty password is still a password; only a user without a colon is a token.
    const hasPassword = /^[^@]*:[^@]*@/.test(rest);
    return {
      scheme,
      host: `${url.hostname}:${port}`,
      user: decodeURIComponent(url.username),
      password: hasPassword ? decodeURIComponent(url.password) : undefined,
    };
  } catch {
    // The URL is not shown: there may be a password in it.
    throw new MjError("usage", `${source} is not a NATS server URL`, { hint: EXAMPLE });
  }
}

const IDENTITIES = ["creds", "nkey", "userJwt", "token", "user"] as const;
const CREDENTIALS = [...IDENTITIES, "userSeed", "password"] as const;
const OTHERS = ["ca", "cert", "key", "tlsFirst", "inboxPrefix"] as const;

/**
 * Merges settings, best first. Credentials come whole from the best that say who we are; only a password may come from
 * elsewhere: a better one overrides, a worse one completes a user who has none.
 */
export function mergeNats(layers: readonly NatsSettings[]): NatsSettings {
  const merged: NatsSettings = { servers: layers.find((layer) => layer.servers.length > 0)?.servers ?? [] };
  const who = layers.findIndex((layer) => IDENTITIES.some((key) => layer[key] !== undefined));
  const take = (from: NatsSettings | undefined, keys: readonly (keyof NatsSettings)[]): void => {
    for (const key of keys) {
      if (merged[key] === undefined && from?.[key] !== undefined) Object.assign(merged, { [key]: from[key] });
    }
  };
  for (const layer of layers.slice(0, Math.max(who, 0))) take(layer, ["password"]);
  take(layers[who], CREDENTIALS);
  for (const layer of layers) take(layer, who >= 0 && merged.user === undefined ? OTHERS : [...OTHERS, "password"]);
  return merged;
}

/** True when the settings ask for TLS; a server that requires it gets it all the same. */
export const asksForTls = ({ ca, cert, tlsFirst, servers }: NatsSettings): boolean =>
  ca !== undefined || cert !== undefined || tlsFirst === true || servers.some((url) => url.startsWith("tls://"));

/** How a person would call the credentials in use, for messages; never the secret itself. */
export function describeCredentials(settings: NatsSettings): string {
  if (settings.creds !== undefined) return `the credentials file ${settings.creds}`;
  if (settings.nkey !== undefined) return `the nkey file ${settings.nkey}`;
  if (settings.userJwt !== undefined) return "the context's user_jwt";
  if (settings.token !== undefined) return "the token";
  if (settings.user !== undefined) return `user "${settings.user}"`;
  return settings.cert === undefined ? "no credentials" : `the certificate ${settings.cert}`;
}
