import { execa } from "execa";
import type { Adapter } from "./adapters/adapter.js";

const ASK_MS = 15_000;
const VERSION = /\d+\.\d+\.\d+/;

const asked = new Map<string, Promise<string | null>>();

/** What `--version` of a CLI says, asked once by this process; null when it says nothing like one. */
export async function cliVersion(
  { binary }: Pick<Adapter, "binary">,
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
): Promise<string | null> {
  const key = `${env["PATH"] ?? ""}\n${binary}`;
  const known = asked.get(key);
  if (known) return await known;
  const asking = execa(binary, ["--version"], {
    cwd,
    env,
    extendEnv: false,
    timeout: ASK_MS,
    stdin: "ignore",
    reject: false,
  })
    .then(({ stdout }) => VERSION.exec(stdout)?.[0] ?? null)
    .catch(() => null);
  asked.set(key, asking);
  return await asking;
}

/** Says when a CLI is of a version that its adapter was not made for; null: it is, or nobody knows. */
export function versionWarning(
  { binary, versions }: Pick<Adapter, "binary" | "versions">,
  version: string | null,
): string | null {
  if (versions === null || version === null) return null;
  const [from, below] = versions;
  if (compare(version, from) >= 0 && compare(version, below) < 0) return null;
  return `${binary} ${version} is not a version its adapter was made for (${from} to below ${below}): it may not work as it should`;
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const at = (left ?? []).findIndex((part, index) => part !== right?.[index]);
  return at < 0 ? 0 : (left?.[at] ?? 0) - (right?.[at] ?? 0);
}
