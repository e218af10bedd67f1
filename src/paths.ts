import { homedir } from "node:os";
import { join } from "node:path";

const xdg = (variable: string, fallback: string): string => {
  const value = process.env[variable];
  // The XDG specification says relative paths are invalid and must be ignored.
  return join(value?.startsWith("/") === true ? value : join(homedir(), fallback), "mjagent");
};

/** What survives a restart and belongs to this machine: outbox, local server store. */
export const stateDir = (): string => xdg("XDG_STATE_HOME", ".local/state");
/** What can be fetched again: nats-server binaries. */
export const cacheDir = (): string => xdg("XDG_CACHE_HOME", ".cache");
/** The person's settings. */
export const configDir = (): string => xdg("XDG_CONFIG_HOME", ".config");
