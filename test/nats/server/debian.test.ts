import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { debianName, fetchDebian } from "../../../src/nats/server/debian.js";
import type { Fetching } from "../../../src/nats/server/fetching.js";
import { PINNED_RELEASE } from "../../../src/nats/server/releases.js";
import { temporaryFolder } from "./release-host.js";

const hasApt = existsSync("/usr/bin/apt-get") && existsSync("/usr/bin/dpkg-deb");

function fetching(cache: string, env: NodeJS.ProcessEnv = process.env): Fetching {
  return { cache, env, release: PINNED_RELEASE, releaseHost: "", say: () => undefined, signal: undefined };
}

describe.skipIf(!hasApt)("the distribution's package, with the real apt-get", () => {
  test("is unpacked into the cache, runs, and is not installed", async ({ skip }) => {
    await using folder = await temporaryFolder();
    const installed = existsSync("/usr/sbin/nats-server");
    const fetched = await fetchDebian(fetching(folder.path)).catch((error: unknown) => error);
    if (fetched instanceof Error) skip(`apt has no package to offer here: ${fetched.message}`);

    const path = join(folder.path, String(await debianName()), "nats-server");
    expect(fetched).toMatchObject({ path });
    expect((await execa(path, ["--version"])).stdout).toMatch(/^nats-server: v\d/);
    expect(await readdir(folder.path)).toEqual([await debianName()]);
    expect(existsSync("/usr/sbin/nats-server")).toBe(installed);
  });

  test("says what apt complained about when no source can be reached, and leaves nothing", async () => {
    await using folder = await temporaryFolder();
    // A proxy that nobody listens on: what a machine without a network looks like to apt.
    const proxy = "http://127.0.0.1:9";
    const offline = fetchDebian(fetching(folder.path, { ...process.env, http_proxy: proxy, https_proxy: proxy }));

    await expect(offline).rejects.toThrow(/apt-get has no nats-server package: .*(connect|resolve|locate)/i);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

test("elsewhere it says that there is no apt-get", async () => {
  await using folder = await temporaryFolder();
  await expect(fetchDebian(fetching(folder.path, { PATH: folder.path }))).rejects.toThrow("there is no apt-get");
});
