import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { fetchRelease } from "../../../src/nats/server/download.js";
import type { Fetching } from "../../../src/nats/server/fetching.js";
import { makeRelease, type ReleaseArchive, type ReleaseHost, releaseHost, temporaryFolder } from "./release-host.js";

const made = await makeRelease();

interface Trial {
  fetching: Fetching;
  said: string[];
}

function trial(cache: string, host: ReleaseHost, archive: ReleaseArchive = made, signal?: AbortSignal): Trial {
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  return { said, fetching: { cache, env: process.env, release: archive.release, releaseHost: host.url, say, signal } };
}

describe("a release that is as pinned", () => {
  test("is put into the cache as a program that runs, and nothing else is", async () => {
    await using folder = await temporaryFolder();
    await using host = await releaseHost((_path, response) => response.end(made.bytes));
    const { fetching, said } = trial(folder.path, host);

    const fetched = await fetchRelease(fetching);

    expect(fetched).toEqual({ path: join(folder.path, "release-2.14.5", "nats-server"), version: "2.14.5" });
    expect((await execa(fetched.path, ["--version"])).stdout).toBe("nats-server: v2.14.5");
    expect(await readdir(folder.path, { recursive: true })).toEqual(["release-2.14.5", "release-2.14.5/nats-server"]);
    expect(host.asked).toEqual([`/v2.14.5/${made.name}`]);
    expect(said[0]).toContain(`from ${host.url}/v2.14.5`);
  });

  test("is whole for each of two who fetch it at once", async () => {
    await using folder = await temporaryFolder();
    const half = made.bytes.length / 2;
    await using host = await releaseHost((_path, response) => {
      response.write(made.bytes.subarray(0, half));
      setTimeout(() => response.end(made.bytes.subarray(half)), 100);
    });

    const both = await Promise.all([1, 2].map(() => fetchRelease(trial(folder.path, host).fetching)));

    expect(host.asked).toHaveLength(2);
    expect(both[0]).toEqual(both[1]);
    expect(await readdir(folder.path, { recursive: true })).toEqual(["release-2.14.5", "release-2.14.5/nats-server"]);
  });
});

describe("a platform without a known digest", () => {
  const unpinned: ReleaseArchive = { ...made, release: { version: "2.14.5", digests: {} } };

  test("is checked against the release's own SHA256SUMS, and says so", async () => {
    await using folder = await temporaryFolder();
    await using host = await releaseHost((path, response) =>
      path.endsWith("SHA256SUMS")
        ? response.end(`${"0".repeat(64)}  something-else.zip\n${made.digest}  ${made.name}\n`)
        : response.end(made.bytes),
    );
    const { fetching, said } = trial(folder.path, host, unpinned);

    expect((await fetchRelease(fetching)).version).toBe("2.14.5");
    expect(said.join("\n")).toContain("checking against the release's own SHA256SUMS");
  });

  test("is refused when SHA256SUMS does not name it, or says otherwise", async () => {
    await using folder = await temporaryFolder();
    let sums = "";
    await using host = await releaseHost((path, response) =>
      response.end(path.endsWith("SHA256SUMS") ? sums : made.bytes),
    );
    const { fetching } = trial(folder.path, host, unpinned);

    await expect(fetchRelease(fetching)).rejects.toThrow("does not name");
    sums = `${"1".repeat(64)}  ${made.name}\n`;
    await expect(fetchRelease(fetching)).rejects.toThrow("not used");
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe.concurrent("what is not that release is refused, and nothing of it stays", () => {
  const wrong = Buffer.from(made.bytes);
  wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;

  test.for<[string, Parameters<typeof releaseHost>[0], RegExp]>([
    ["a wrong digest", (_path, response) => response.end(wrong), /has the SHA-256 .* removed and not used/],
    [
      "a truncated file",
      (_path, response) => {
        response.writeHead(200, { "content-length": made.bytes.length });
        response.write(made.bytes.subarray(0, 20), () => response.destroy());
      },
      /could not be fetched: (other side closed|terminated|.*reset)/,
    ],
    [
      "a missing file",
      (_path, response) => response.writeHead(404).end("Not Found"),
      /could not be fetched: the answer was 404/,
    ],
    ["a host that never answers", () => undefined, /could not be fetched: no answer within 4 s/],
    [
      "a host that stops halfway",
      (_path, response) => void response.write(made.bytes.subarray(0, 20)),
      /could not be fetched: nothing more came for 8 s/,
    ],
  ])("%s", async ([, answer, message], { expect }) => {
    await using folder = await temporaryFolder();
    await using host = await releaseHost(answer);

    await expect(fetchRelease(trial(folder.path, host).fetching)).rejects.toThrow(message);
    expect(await readdir(folder.path, { recursive: true })).toEqual([]);
  });

  test("an archive with the right digest whose program does not run", async ({ expect }) => {
    await using folder = await temporaryFolder();
    const old = await makeRelease("2.1.0");
    await using host = await releaseHost((_path, response) => response.end(old.bytes));

    await expect(fetchRelease(trial(folder.path, host, old).fetching)).rejects.toThrow("mjagent needs 2.9 or newer");
    expect(await readdir(folder.path, { recursive: true })).toEqual([]);
  });

  test("a host that refuses the connection, at once", async ({ expect }) => {
    await using folder = await temporaryFolder();
    const host = await releaseHost(() => undefined);
    await host[Symbol.asyncDispose]();

    await expect(fetchRelease(trial(folder.path, host).fetching)).rejects.toThrow("ECONNREFUSED");
  });

  test("a fetch that is called off", async ({ expect }) => {
    await using folder = await temporaryFolder();
    const controller = new AbortController();
    await using host = await releaseHost(() => controller.abort(new Error("called off")));
    const { fetching } = trial(folder.path, host, made, controller.signal);

    await expect(fetchRelease(fetching)).rejects.toThrow("called off");
    expect(existsSync(join(folder.path, "release-2.14.5"))).toBe(false);
  });
});
