import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The real CLIs the tests drive: those that npm has, and that run on this Node. */
const PACKAGES = {
  claude: "@anthropic-ai/claude-code@2.1.197",
  codex: "@openai/codex@0.169.0",
  gemini: "@google/gemini-cli@0.61.0",
  opencode: "opencode-ai@1.18.33",
  qwen: "@qwen-code/qwen-code@0.15.10",
  copilot: "@github/copilot@1.0.102",
} as const;
export type RealCli = keyof typeof PACKAGES;

/** Outside of the repository, so that the second run is quick. */
const FOLDER = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "mjagent", "agent-clis");
const INSTALL_MS = 300_000;
const START_MS = 60_000;

/** The folder with a CLI's program, installed when it is not there; or why it cannot be. */
export async function installed(cli: RealCli): Promise<{ bin: string } | { missing: string }> {
  const wanted = PACKAGES[cli];
  const folder = join(FOLDER, cli);
  const bin = join(folder, "node_modules", ".bin");
  const stamp = join(folder, "installed");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return { bin };
  const fresh = `${folder}.${process.pid}`;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await writeFile(join(fresh, "package.json"), "{}");
    await run("npm", ["install", "--no-audit", "--no-fund", wanted], { cwd: fresh, timeout: INSTALL_MS });
    // Some need a script of theirs to be run, which npm may not do.
    await run(join(fresh, "node_modules", ".bin", cli), ["--version"], {
      timeout: START_MS,
      env: { ...process.env, HOME: fresh },
    });
    await writeFile(join(fresh, "installed"), wanted);
    await rename(fresh, folder);
    return { bin };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    const why = error instanceof Error ? (error.message.split("\n").findLast((line) => line.trim() !== "") ?? "") : "";
    return { missing: `npm could not install ${wanted}: ${why}` };
  }
}
