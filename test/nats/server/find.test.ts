import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { findNatsServer } from "../../../src/nats/server/find.js";
import { makeRelease, releaseHost, temporaryFolder, writeFakeServer } from "./release-host.js";

/** `/usr/sbin` is looked into whatever `PATH` says, so a server there comes before everything below it. */
const systemServer = existsSync("/usr/sbin/nats-server");
/** Without a `PATH`, apt-get is not found either, unless it is in `/usr/sbin`. */
const noPath = { PATH: "" };

describe("MJAGENT_NATS_SERVER", () => {
  test("comes before PATH", async () => {
    await using folder = await temporaryFolder();
    const named = await writeFakeServer(join(folder.path, "named", "my-server"), "2.11.1");
    await writeFakeServer(join(folder.path, "bin", "nats-server"), "2.12.0");
    const env = { MJAGENT_NATS_SERVER: named, PATH: join(folder.path, "bin") };

    const found = await findNatsServer({ env, cacheDir: folder.path });
    expect(found).toEqual({ path: named, version: "2.11.1", source: "env" });
    const fromHere = { ...env, MJAGENT_NATS_SERVER: relative(process.cwd(), named) };
    expect(await findNatsServer({ env: fromHere, cacheDir: folder.path })).toEqual(found);
  });

  test.for<[string, (path: string) => Promise<unknown>, string]>([
    ["is missing", () => Promise.resolve(), "there is no such file"],
    ["is not executable", (path) => writeFile(path, "#!/bin/sh\n"), "it is not executable"],
    [
      "is something else",
      async (path) => {
        await writeFile(path, "#!/bin/sh\necho hello\n");
        await chmod(path, 0o755);
      },
      "it does not answer --version as nats-server does",
    ],
    ["is too old", (path) => writeFakeServer(path, "2.1.9"), "it is 2.1.9, and mjagent needs 2.9 or newer"],
  ])("that %s is an error, even when PATH has one", async ([, prepare, why]) => {
    await using folder = await temporaryFolder();
    const named = join(folder.path, "named");
    await prepare(named);
    await writeFakeServer(join(folder.path, "bin", "nats-server"), "2.12.0");
    const env = { MJAGENT_NATS_SERVER: named, PATH: join(folder.path, "bin") };

    await expect(findNatsServer({ env })).rejects.toMatchObject({
      code: "usage",
      message: `MJAGENT_NATS_SERVER names ${named}, which cannot be used as a nats-server`,
      why,
    });
  });
});

describe("PATH", () => {
  test("is taken in its order, and what is too old or broken is passed over with a word", async () => {
    await using folder = await temporaryFolder();
    const [first, second, third] = ["a", "b", "c"].map((name) => join(folder.path, name)) as [string, string, string];
    const old = await writeFakeServer(join(first, "nats-server"), "2.2.0");
    const right = await writeFakeServer(join(second, "nats-server"), "2.10.27");
    await writeFakeServer(join(third, "nats-server"), "2.12.0");
    const said: string[] = [];

    const found = await findNatsServer({
      env: { PATH: [first, second, third].join(delimiter) },
      onProgress: (message) => said.push(message),
    });

    expect(found).toEqual({ path: right, version: "2.10.27", source: "path" });
    expect(said).toEqual([`Not using ${old}: it is 2.2.0, and mjagent needs 2.9 or newer`]);
  });
});

describe.skipIf(systemServer)("without one on this machine", () => {
  test("the release is fetched once, from where MJAGENT_NATS_RELEASE_URL says, and then found in the cache", async () => {
    await using folder = await temporaryFolder();
    const { release, bytes } = await makeRelease();
    await using host = await releaseHost((_path, response) => response.end(bytes));
    const options = { env: { ...noPath, MJAGENT_NATS_RELEASE_URL: `${host.url}/` }, cacheDir: folder.path, release };

    // tar is looked up in this process's PATH.
    const fetched = await findNatsServer(options);
    const again = await findNatsServer(options);

    const path = join(folder.path, "nats-server", "release-2.14.5", "nats-server");
    expect(fetched).toEqual({ path, version: "2.14.5", source: "release" });
    expect(again).toEqual({ path, version: "2.14.5", source: "cache" });
    expect(host.asked).toHaveLength(1);
  });

  test("a broken file in the cache is not used, but fetched anew", async () => {
    await using folder = await temporaryFolder();
    const { release, bytes } = await makeRelease();
    await using host = await releaseHost((_path, response) => response.end(bytes));
    const broken = await writeFakeServer(join(folder.path, "nats-server", "release-2.14.5", "nats-server"), "2.14.5");
    await writeFile(broken, "half of it");

    const found = await findNatsServer({ env: noPath, cacheDir: folder.path, releaseHost: host.url, release });
    expect(found).toEqual({ path: broken, version: "2.14.5", source: "release" });
  });

  test("nothing to be had is an error that says what was tried and names three ways to install one", async () => {
    await using folder = await temporaryFolder();
    await using host = await releaseHost((_path, response) => response.writeHead(404).end());
    const said: string[] = [];
    const search = findNatsServer({
      env: noPath,
      cacheDir: folder.path,
      releaseHost: host.url,
      onProgress: (message) => said.push(message),
    });

    await expect(search).rejects.toMatchObject({
      code: "failure",
      why: expect.stringMatching(/the answer was 404 Not Found; there is no apt-get on this system/) as string,
      hint: expect.stringMatching(
        /package manager.*github\.com\/nats-io\/nats-server\/releases.*with Go.*MJAGENT_NATS_SERVER/,
      ) as string,
    });
    expect(said.filter((message) => message.startsWith("That did not work"))).toHaveLength(2);
  });
});
