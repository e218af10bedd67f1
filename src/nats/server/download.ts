import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { cachedProgram, inStaging, keep } from "./cache.js";
import type { Fetched, Fetching } from "./fetching.js";
import { releaseAsset, releasePlatform } from "./releases.js";
import { unpack } from "./unpack.js";

const ANSWER_MS = 4_000;
const STALL_MS = 8_000;

/** The cache's name for a release. */
export const releaseName = (version: string): string => `release-${version}`;

/**
 * Fetches the official release for this platform into the cache, and returns it.
 * Throws, and leaves nothing behind, when the host does not answer, stalls, or sends anything but that release.
 */
export async function fetchRelease(fetching: Fetching): Promise<Fetched> {
  const { cache, release, releaseHost, say, signal } = fetching;
  const platform = releasePlatform();
  const { archive, program } = releaseAsset(release.version, platform);
  const folderUrl = `${releaseHost}/v${release.version}`;
  return await inStaging(cache, async (staging) => {
    say(`Fetching nats-server ${release.version} (${platform}) from ${folderUrl}`);
    const expected = release.digests[platform] ?? (await publishedDigest());
    const file = join(staging, archive);
    const digest = await save(`${folderUrl}/${archive}`, file, signal);
    if (digest !== expected) {
      throw new Error(`${archive} has the SHA-256 ${digest}, not ${expected}; it was removed and not used`);
    }
    const fetched = await keep(await unpack(file, program, signal), cachedProgram(cache, releaseName(release.version)));
    say(`Fetched nats-server ${release.version}, its SHA-256 is right: ${fetched.path}`);
    return fetched;

    async function publishedDigest(): Promise<string> {
      say(`No digest of ${archive} is known to mjagent; checking against the release's own SHA256SUMS`);
      const sums = join(staging, "SHA256SUMS");
      await save(`${folderUrl}/SHA256SUMS`, sums, signal);
      for (const line of (await readFile(sums, "utf8")).split("\n")) {
        const [digest, name] = line.trim().split(/\s+\*?/);
        if (digest !== undefined && name === archive) return digest.toLowerCase();
      }
      throw new Error(`the release's SHA256SUMS does not name ${archive}`);
    }
  });
}

/** Saves what is at `url`, and returns its SHA-256. Gives up when nothing comes for a while, however long the whole takes. */
async function save(url: string, file: string, signal: AbortSignal | undefined): Promise<string> {
  const patience = new AbortController();
  const giveUp = (what: string) => () => patience.abort(new Error(what));
  let timer = setTimeout(giveUp(`no answer within ${ANSWER_MS / 1000} s`), ANSWER_MS);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([patience.signal, ...(signal ? [signal] : [])]) });
    if (!response.ok || response.body === null)
      throw new Error(`the answer was ${response.status} ${response.statusText}`);
    const hash = createHash("sha256");
    const out = createWriteStream(file);
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        timer = setTimeout(giveUp(`nothing more came for ${STALL_MS / 1000} s`), STALL_MS);
        hash.update(chunk);
        await new Promise<void>((resolve, reject) => out.write(chunk, (error) => (error ? reject(error) : resolve())));
      }
    } finally {
      await new Promise<void>((resolve) => out.end(resolve));
    }
    return hash.digest("hex");
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${basename(url)} could not be fetched: ${causeOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch failed` says nothing; what it was caused by does. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
