import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { execa } from "execa";
import { errnoOf, messageOf } from "../../errors.js";

/** The oldest nats-server mjagent works with: what Debian 12 ships. */
export const OLDEST_SERVER = "2.9";

const WINDOWS = process.platform === "win32";

/** The file name of nats-server on this platform. */
export const SERVER_PROGRAM = WINDOWS ? "nats-server.exe" : "nats-server";

/** Why a file is not a program that can be started, or null when it is one. */
async function whyNotExecutable(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isFile()) return "it is not a file";
    await access(path, constants.X_OK);
    return null;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return "there is no such file";
    return errno === "EACCES" ? "it is not executable" : messageOf(error);
  }
}

/** Every program of that name in `PATH` and then `/usr/sbin`, which an ordinary user's `PATH` leaves out. */
export async function programsNamed(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter(isAbsolute);
  if (!WINDOWS) folders.push("/usr/sbin");
  const found: string[] = [];
  for (const path of new Set(folders.map((folder) => join(folder, name)))) {
    if ((await whyNotExecutable(path)) === null) found.push(path);
  }
  return found;
}

export type Probe = { version: string } | { reason: string };

/** Asks a nats-server for its version; a reason when it does not run, is something else, or is too old. */
export async function probe(binary: string): Promise<Probe> {
  const unusable = await whyNotExecutable(binary);
  if (unusable !== null) return { reason: unusable };
  const run = await execa(binary, ["--version"], { reject: false, timeout: 10_000, stdin: "ignore", all: true });
  const version = /nats-server: v(\d+\.\d+\.\d+\S*)/.exec(run.all)?.[1];
  if (version === undefined) return { reason: "it does not answer --version as nats-server does" };
  if (!atLeast(version, OLDEST_SERVER))
    return { reason: `it is ${version}, and mjagent needs ${OLDEST_SERVER} or newer` };
  return { version };
}

/** Compares the leading `major.minor` of two versions. */
export function atLeast(version: string, floor: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [floorMajor = 0, floorMinor = 0] = floor.split(".").map(Number);
  return major > floorMajor || (major === floorMajor && minor >= floorMinor);
}
