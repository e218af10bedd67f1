/** A nats-server release and the SHA-256 of its archives, by platform (`linux-amd64`). */
export interface Release {
  readonly version: string;
  readonly digests: Readonly<Partial<Record<string, string>>>;
}

/** Where official releases are. `MJAGENT_NATS_RELEASE_URL` names a mirror laid out alike. */
export const RELEASE_URL = "https://github.com/nats-io/nats-server/releases/download";

/**
 * The release that is fetched when this machine has no nats-server.
 *
 * Sources of the digests: linux and windows-amd64, nats-io/nats-docker commit aa0caa5, `2.14.x/alpine3.22/Dockerfile`
 * and `2.14.x/windowsservercore-ltsc2022/Dockerfile`; both windows ones, ScoopInstaller/Main commit d70741346b,
 * `bucket/nats-server.json`; darwin, craigbalding/safeyolo, `cli/src/safeyolo/coord/nats_runtime.py`, which carries the same linux digests as
 * nats-docker, and three further projects with the same darwin-arm64 one.
 */
export const PINNED_RELEASE: Release = {
  version: "2.14.5",
  digests: {
    "linux-amd64": "5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355",
    "linux-arm64": "673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c",
    "darwin-amd64": "f95c98d6b6ed2b63c5681b46b092c9585c99767d547cf495730c329234625e96",
    "darwin-arm64": "ddd907854d9a2de834af133fa396915fe6442fe6d8909ae31390d1ea7a0fea50",
    "windows-amd64": "f66f840a211ab665083b88e9b7edbcf6296cda143be47e53e6f6bb8520692bbb",
    "windows-arm64": "5e1d5a5df7dc5bd9189daf25b1eb286eafc62f5659cc44996bef9294e2f4c938",
  },
};

const ARCHITECTURES: Partial<Record<string, string>> = { x64: "amd64", ia32: "386", arm: "arm7", ppc64: "ppc64le" };

/** This machine as the releases name it, such as `linux-amd64` or `windows-arm64`. */
export function releasePlatform(platform: string = process.platform, arch: string = process.arch): string {
  return `${platform === "win32" ? "windows" : platform}-${ARCHITECTURES[arch] ?? arch}`;
}

/** The archive of a release for a platform, and the file in it that is the program. */
export function releaseAsset(version: string, platform: string): { archive: string; program: string } {
  const windows = platform.startsWith("windows-");
  const name = `nats-server-v${version}-${platform}`;
  return { archive: `${name}.${windows ? "zip" : "tar.gz"}`, program: `${name}/nats-server${windows ? ".exe" : ""}` };
}
