import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { findNatsServer, SERVER_VARIABLE } from "../../src/nats/server/find.js";

const ROOT = join(import.meta.dirname, "../..");

/** Before any test: one nats-server for all of them, and a build that is not older than the source. */
export default async function setup(): Promise<void> {
  const server = await findNatsServer({ onProgress: say });
  process.env[SERVER_VARIABLE] = server.path;
  say(`tests run against nats-server ${server.version} (${server.source}): ${server.path}`);
  if (await buildIsStale()) await build();
}

/** Tests that drive the CLI start `bin/mjagent.js`, which runs what was built. */
async function buildIsStale(): Promise<boolean> {
  const built = await modified(join(ROOT, "dist/cli/main.js"));
  if (built === null) return true;
  for (const entry of await readdir(join(ROOT, "src"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const changed = await modified(join(entry.parentPath, entry.name));
    if (changed !== null && changed > built) return true;
  }
  return false;
}

async function build(): Promise<void> {
  say("building (npm run build)");
  const run = await execa("npm", ["run", "--silent", "build"], { cwd: ROOT, reject: false, all: true });
  // The tests that need no build are worth running all the same; those that do would test something else.
  if (run.failed) say(`THE BUILD FAILED, tests of the CLI mean nothing:\n${run.all}`);
}

async function modified(path: string): Promise<number | null> {
  return await stat(path).then(
    (found) => found.mtimeMs,
    () => null,
  );
}

function say(message: string): void {
  process.stderr.write(`setup: ${message}\n`);
}
