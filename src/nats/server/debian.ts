import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cachedProgram, inStaging, keep } from "./cache.js";
import type { Fetched, Fetching } from "./fetching.js";
import { programsNamed } from "./probe.js";

const PACKAGE = "nats-server";
const FIRST_ANSWER_MS = 20_000;
const WHOLE_MS = 300_000;

/** The cache's name for the package of this machine's distribution, or null where there is no such thing. */
export async function debianName(): Promise<string | null> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const field = (name: string): string | undefined => new RegExp(`^${name}=["']?([\\w.-]+)`, "m").exec(release)?.[1];
  const codename = field("VERSION_CODENAME") ?? field("VERSION_ID") ?? field("ID");
  return codename === undefined ? null : `debian-${codename}`;
}

/**
 * Fetches the distribution's own nats-server package from the sources this machine's apt is configured with, unpacks
 * it into the cache and returns it. Needs no root and installs nothing: apt works on a state of its
 * own, so it does not matter whether `apt-get update` was ever run, and it checks signatures and digests as ever.
 */
export async function fetchDebian(fetching: Fetching): Promise<Fetched> {
  const { cache, env, say } = fetching;
  const [aptGet] = await programsNamed("apt-get", env);
  const [dpkgDeb] = await programsNamed("dpkg-deb", env);
  const name = await debianName();
  if (aptGet === undefined || dpkgDeb === undefined || name === null)
    throw new Error("there is no apt-get on this system");
  return await inStaging(cache, async (staging) => {
    say("Fetching the distribution's nats-server package with apt-get (nothing is installed)");
    const config = await writeAptConfig(staging);
    const updated = await run(fetching, aptGet, ["-q", "-c", config, "update"], staging, "Get:");
    // A source that fails does not matter when another one has the package: the download decides.
    const downloaded = await run(fetching, aptGet, ["-q", "-c", config, "download", PACKAGE], staging);
    const archive = (await readdir(staging)).find((file) => file.endsWith(".deb"));
    if (archive === undefined)
      throw new Error(`apt-get has no ${PACKAGE} package: ${complaint(updated) ?? complaint(downloaded)}`);
    const root = join(staging, "root");
    const unpacked = await run(fetching, dpkgDeb, ["-x", join(staging, archive), root], staging);
    if (unpacked.failed) throw new Error(`${archive} could not be unpacked: ${complaint(unpacked)}`);
    const fetched = await keep(join(root, "usr", "sbin", PACKAGE), cachedProgram(cache, name));
    say(`Unpacked ${archive}: ${fetched.path}`);
    return fetched;
  });
}

/** Read after the machine's own configuration, which goes on to hold for everything not named here. */
async function writeAptConfig(folder: string): Promise<string> {
  for (const part of ["state", "lists/partial", "archives/partial"])
    await mkdir(join(folder, part), { recursive: true });
  await writeFile(join(folder, "status"), "");
  const config = join(folder, "apt.conf");
  await writeFile(
    config,
    `// Hooks of this machine are not for a private state, and only package lists are worth fetching.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets;
Acquire::IndexTargets::deb::Packages {
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages"; flatMetaKey "Packages"; Optional "0";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages"; flatDescription "$(RELEASE) Packages";
  ShortDescription "Packages";
};
Acquire::Languages "none"; Acquire::Retries "1"; Acquire::http::Timeout "10"; Acquire::https::Timeout "10";
// The user _apt cannot write to a folder in somebody's home.
APT::Sandbox::User "root";
Dir::State "${folder}/state"; Dir::State::lists "${folder}/lists"; Dir::State::status "${folder}/status";
Dir::Cache "${folder}"; Dir::Cache::archives "${folder}/archives";
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache ""; Dir::Log "${folder}/state";
`,
  );
  return config;
}

interface Run {
  failed: boolean;
  output: string;
}

/** Runs a program to its end; with `sign`, gives up early unless that has appeared in its output by then. */
async function run(fetching: Fetching, program: string, args: string[], cwd: string, sign?: string): Promise<Run> {
  const { env, signal } = fetching;
  const silent = new AbortController();
  const subprocess = execa(program, args, {
    cwd,
    env: { ...env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    all: true,
    timeout: WHOLE_MS,
    cancelSignal: AbortSignal.any([silent.signal, ...(signal ? [signal] : [])]),
  });
  const timer = sign === undefined ? undefined : setTimeout(() => silent.abort(), FIRST_ANSWER_MS);
  subprocess.all.on("data", (chunk: Buffer) => {
    if (sign !== undefined && chunk.includes(sign)) clearTimeout(timer);
  });
  const result = await subprocess;
  clearTimeout(timer);
  signal?.throwIfAborted();
  if (silent.signal.aborted)
    return { failed: true, output: `E: no mirror answered within ${FIRST_ANSWER_MS / 1000} s` };
  // Without an exit code it was not started, or ran out of time; then it has not said why itself.
  const output = result.exitCode === undefined ? `E: ${result.shortMessage ?? program}` : result.all;
  return { failed: result.failed, output };
}

/** The first thing apt or dpkg complained about. */
function complaint(run: Run): string | undefined {
  const lines = run.output.split("\n").map((line) => line.trim());
  return lines.find((line) => /^[EW]: /.test(line))?.slice(3) ?? (run.failed ? lines.at(-1) : undefined);
}
