import { join, resolve } from "node:path";
import { messageOf, MjError } from "../../errors.js";
import { cacheDir } from "../../paths.js";
import { cachedProgram } from "./cache.js";
import { debianName, fetchDebian } from "./debian.js";
import { fetchRelease, releaseName } from "./download.js";
import type { Fetching } from "./fetching.js";
import { probe, programsNamed, SERVER_PROGRAM } from "./probe.js";
import { PINNED_RELEASE, type Release, RELEASE_URL } from "./releases.js";

/** Names a nats-server to use; nothing else is looked at then. */
export const SERVER_VARIABLE = "MJAGENT_NATS_SERVER";
/** Names a mirror of the official releases: `<url>/v2.14.5/nats-server-v2.14.5-linux-amd64.tar.gz`. */
const RELEASE_URL_VARIABLE = "MJAGENT_NATS_RELEASE_URL";

export interface FoundServer {
  /** Absolute path of the program. */
  path: string;
  /** What it says its version is, such as `2.14.5`. */
  version: string;
  source: "env" | "path" | "cache" | "release" | "debian";
}

export interface FindOptions {
  /** Where `MJAGENT_NATS_SERVER`, `MJAGENT_NATS_RELEASE_URL` and `PATH` are read; default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** mjagent's cache; fetched servers go under `nats-server/` in it. */
  cacheDir?: string;
  /** Address the releases are under; default: `MJAGENT_NATS_RELEASE_URL`, else GitHub. */
  releaseHost?: string;
  /** The release to fetch; default: the pinned one. */
  release?: Release;
  /** Told, in one sentence each, what is being done. */
  onProgress?: (message: string) => void;
  signal?: AbortSignal;
}

/**
 * Finds a nats-server that runs, in this order: `MJAGENT_NATS_SERVER`, `PATH` and `/usr/sbin`, mjagent's cache, the
 * pinned official release, the distribution's own package. The last two are fetched into the cache.
 * Throws `usage` when `MJAGENT_NATS_SERVER` names something unusable, `failure` when there is none to be had.
 */
export async function findNatsServer(options: FindOptions = {}): Promise<FoundServer> {
  const { env = process.env, release = PINNED_RELEASE, signal } = options;
  const say = options.onProgress ?? (() => undefined);
  const cache = cacheOf(options);
  const releaseHost = (options.releaseHost ?? (env[RELEASE_URL_VARIABLE] || RELEASE_URL)).replace(/\/+$/, "");

  for await (const present of presentServers(options)) return present;

  const fetching: Fetching = { cache, env, release, releaseHost, say, signal };
  const failures: string[] = [];
  for (const [source, fetchServer] of [
    ["release", fetchRelease],
    ["debian", fetchDebian],
  ] as const) {
    signal?.throwIfAborted();
    try {
      return { ...(await fetchServer(fetching)), source };
    } catch (error) {
      signal?.throwIfAborted();
      say(`That did not work: ${messageOf(error)}`);
      failures.push(messageOf(error));
    }
  }
  throw new MjError("failure", "There is no nats-server on this machine, and none could be fetched", {
    why: failures.join("; "),
    hint:
      "Install one: with a package manager (apt install nats-server, brew install nats-server, scoop install nats-server), " +
      "or from https://github.com/nats-io/nats-server/releases into a folder in PATH, " +
      `or with Go (go install github.com/nats-io/nats-server/v2@latest); or name one in ${SERVER_VARIABLE}.`,
  });
}

/** Those of `findNatsServer` that need not be fetched, in the same order: the named one alone when one is named. */
export async function* presentServers(options: FindOptions = {}): AsyncGenerator<FoundServer> {
  const { env = process.env, release = PINNED_RELEASE, onProgress = () => undefined } = options;
  const named = env[SERVER_VARIABLE];
  if (named) {
    yield await namedServer(resolve(named));
    return;
  }
  yield* onPath(env, onProgress);
  yield* inCache(cacheOf(options), release);
}

const cacheOf = (options: FindOptions): string => join(options.cacheDir ?? cacheDir(), "nats-server");

async function namedServer(path: string): Promise<FoundServer> {
  const answer = await probe(path);
  if ("version" in answer) return { path, version: answer.version, source: "env" };
  throw new MjError("usage", `${SERVER_VARIABLE} names ${path}, which cannot be used as a nats-server`, {
    why: answer.reason,
    hint: `Set ${SERVER_VARIABLE} to a nats-server program, or unset it to have one found.`,
  });
}

async function* onPath(env: NodeJS.ProcessEnv, say: (message: string) => void): AsyncGenerator<FoundServer> {
  for (const path of await programsNamed(SERVER_PROGRAM, env)) {
    const answer = await probe(path);
    if ("version" in answer) yield { path, version: answer.version, source: "path" };
    else say(`Not using ${path}: ${answer.reason}`);
  }
}

async function* inCache(cache: string, release: Release): AsyncGenerator<FoundServer> {
  const debian = await debianName();
  for (const name of [releaseName(release.version), ...(debian === null ? [] : [debian])]) {
    const path = cachedProgram(cache, name);
    const answer = await probe(path);
    if ("version" in answer) yield { path, version: answer.version, source: "cache" };
  }
}
