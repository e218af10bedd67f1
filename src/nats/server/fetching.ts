import type { Release } from "./releases.js";

/** What both ways of fetching a nats-server are given. */
export interface Fetching {
  /** The folder that holds one folder a fetched server. */
  cache: string;
  env: NodeJS.ProcessEnv;
  release: Release;
  /** Address the releases are under, without a slash at the end. */
  releaseHost: string;
  say: (message: string) => void;
  signal: AbortSignal | undefined;
}

/** A server that was fetched, put into the cache and seen to run. */
export interface Fetched {
  path: string;
  version: string;
}
