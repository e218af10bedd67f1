import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MjError } from "./errors.js";
import { identify, isRunning, type ProcessIdentity } from "./process-identity.js";

const PREFIX = "lock-";
const WAIT_MS = 60_000;

/**
 * Runs `work` while no other process does so in that folder. Everybody who wants in leaves a file of their own and then looks who
 * else has; being the only one, they hold it. Of two who come at once, the later to look sees the other, so never do
 * both get in; the one whose name sorts first stays, the others step back. A file whose process is gone counts for
 * nothing and can be removed by anybody, as no other process will ever use its name.
 * @param doing what is done under this lock, as in "another mjagent has been doing it"
 * @throws MjError `conflict` when others have had it for a minute
 */
export async function whileLocked<T>(
  dir: string,
  { signal, doing }: { signal?: AbortSignal | undefined; doing: string },
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const me = (await identify(process.pid)) ?? { pid: process.pid, started: null };
  const name = `${PREFIX}${randomUUID()}`;
  const leave = (): Promise<void> => rm(join(dir, name), { force: true });
  const deadline = performance.now() + WAIT_MS;
  try {
    while (performance.now() < deadline) {
      signal?.throwIfAborted();
      await enter(dir, name, me);
      const others = await contenders(dir, name);
      if (others.length === 0) return await work();
      if (others.some((other) => other < name)) await leave();
      await sleep(20 + Math.random() * 60);
    }
  } finally {
    await leave();
  }
  throw new MjError("conflict", `Another mjagent has been ${doing} for a minute`, {
    hint: `Try again; if none is running, remove ${join(dir, PREFIX)}*`,
    retryable: true,
  });
}

/** Renamed into place, so that nobody reads half of it. */
async function enter(dir: string, name: string, me: ProcessIdentity): Promise<void> {
  const aside = join(dir, `.${name}`);
  await writeFile(aside, JSON.stringify(me));
  await rename(aside, join(dir, name));
}

/** The names of the others who want the lock, or have it, and are alive. */
async function contenders(dir: string, mine: string): Promise<string[]> {
  const alive: string[] = [];
  for (const name of await readdir(dir)) {
    if (!name.startsWith(PREFIX) || name === mine) continue;
    const text = await readFile(join(dir, name), "utf8").catch(() => null);
    if (text === null) continue;
    if (await isRunning(JSON.parse(text) as ProcessIdentity)) alive.push(name);
    else await rm(join(dir, name), { force: true });
  }
  return alive;
}
