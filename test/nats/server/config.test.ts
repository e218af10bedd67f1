import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { canSyncAlways, serverConfig } from "../../../src/nats/server/config.js";
import { findNatsServer } from "../../../src/nats/server/find.js";
import { releaseAsset, releasePlatform } from "../../../src/nats/server/releases.js";
import { temporaryFolder } from "./release-host.js";

test.each([
  ["2.9.10", false],
  ["2.10.0", true],
  ["2.10.27", true],
  ["2.15.1-RC.1", true],
  ["3.0.0", true],
])("nats-server %s can sync always: %s", (version, can) => {
  expect(canSyncAlways(version)).toBe(can);
  const config = serverConfig({ version, port: 0, storeDir: "/s", portsDir: "/p", syncAlways: true });
  expect(config.includes("sync_interval: always")).toBe(can);
});

test.each([true, false])(
  "the server these tests run against accepts the configuration (syncAlways %s)",
  async (syncAlways) => {
    await using folder = await temporaryFolder();
    const { path, version } = await findNatsServer();
    const odd = join(folder.path, 'a "quoted" \\ name');
    const file = join(folder.path, "nats-server.conf");
    await writeFile(file, serverConfig({ version, port: 4222, storeDir: odd, portsDir: odd, syncAlways }));

    const check = await execa(path, ["-c", file, "-t"], { all: true });
    expect(check.all).toContain("is valid");
  },
);

test.each([
  ["linux", "x64", "linux-amd64", "nats-server-v2.14.5-linux-amd64.tar.gz"],
  ["linux", "arm", "linux-arm7", "nats-server-v2.14.5-linux-arm7.tar.gz"],
  ["darwin", "arm64", "darwin-arm64", "nats-server-v2.14.5-darwin-arm64.tar.gz"],
  ["win32", "x64", "windows-amd64", "nats-server-v2.14.5-windows-amd64.zip"],
])("the release for %s on %s is %s", (platform, arch, name, archive) => {
  expect(releasePlatform(platform, arch)).toBe(name);
  expect(releaseAsset("2.14.5", name).archive).toBe(archive);
});
