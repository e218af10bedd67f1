import { atLeast } from "./probe.js";

export interface ServerConfig {
  version: string;
  /** 0: the server picks a free one. */
  port: number;
  storeDir: string;
  /** Where the server writes which port it got. */
  portsDir: string;
  /** Sync every write to disk, so that an acknowledged one survives a power cut. */
  syncAlways: boolean;
}

/**
 * Whether a version can sync every write: `sync_interval: always` came with nats-server 2.10.0
 * (nats-io/nats-server#4483). 2.9 refuses to start with it, and syncs every two minutes.
 */
export const canSyncAlways = (version: string): boolean => atLeast(version, "2.10");

/** The configuration file of a server that only this machine can reach. */
export function serverConfig({ version, port, storeDir, portsDir, syncAlways }: ServerConfig): string {
  return [
    "# Written by mjagent at every start.",
    `listen: "127.0.0.1:${port === 0 ? -1 : port}"`,
    `ports_file_dir: ${JSON.stringify(portsDir)}`,
    "jetstream {",
    `  store_dir: ${JSON.stringify(storeDir)}`,
    ...(syncAlways && canSyncAlways(version) ? ["  sync_interval: always"] : []),
    "}",
    "",
  ].join("\n");
}
