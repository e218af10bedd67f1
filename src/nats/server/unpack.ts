import { dirname, join } from "node:path";
import { execa } from "execa";

/**
 * Unpacks one file of an archive beside it, with the system's `tar`, and returns its path.
 * On Windows that is the system's own bsdtar, which reads zip files; another `tar` in `PATH` may not.
 */
export async function unpack(archive: string, member: string, signal: AbortSignal | undefined): Promise<string> {
  const folder = dirname(archive);
  const tar =
    process.platform === "win32" ? join(process.env.SystemRoot ?? "C:\\Windows", "System32", "tar.exe") : "tar";
  const run = await execa(tar, ["--no-same-owner", "-xf", archive, "-C", folder, member], {
    reject: false,
    stdin: "ignore",
    timeout: 60_000,
    ...(signal && { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (run.failed)
    throw new Error(`${archive} could not be unpacked: ${run.stderr || run.shortMessage || "tar failed"}`);
  return join(folder, member);
}
