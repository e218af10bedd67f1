import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { type Release, releaseAsset, releasePlatform } from "../../../src/nats/server/releases.js";

/** A program that answers `--version` as a nats-server does. */
export async function writeFakeServer(path: string, version: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(path, 0o755);
  return path;
}

export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "mjagent-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface ReleaseArchive {
  release: Release;
  name: string;
  bytes: Buffer;
  digest: string;
}

/** The archive of a release, made here, and the table that pins it. */
export async function makeRelease(version = "2.14.5"): Promise<ReleaseArchive> {
  await using folder = await temporaryFolder();
  const { archive, program } = releaseAsset(version, releasePlatform());
  await writeFakeServer(join(folder.path, program), version);
  await execa("tar", ["-czf", archive, dirname(program)], { cwd: folder.path });
  const bytes = await readFile(join(folder.path, archive));
  const digest = createHash("sha256").update(bytes).digest("hex");
  return { release: { version, digests: { [releasePlatform()]: digest } }, name: archive, bytes, digest };
}

export interface ReleaseHost extends AsyncDisposable {
  url: string;
  /** The paths that were asked for. */
  asked: string[];
}

/** A local web server in the place of the release host. */
export async function releaseHost(answer: (path: string, response: ServerResponse) => void): Promise<ReleaseHost> {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(request.url ?? "");
    answer(request.url ?? "", response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
