import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { MARKER } from "../proc.js";

/** What git said when it failed: one line or several. */
export class GitFailed extends Error {
  override readonly name = "GitFailed";
}

export interface GitOptions {
  cwd: string;
  /** Its marker: what is left of it when this process is killed is ended with the attempt's other leftovers. */
  runId?: string;
  env?: Record<string, string>;
  input?: string;
}

/**
 * Whatever the repository or the person have set: nothing of theirs is run, nobody is asked for a passphrase, and
 * nothing but what was asked for is begun.
 */
const SETTINGS = [
  ...["core.hooksPath=/dev/null", "core.fsmonitor=false", "commit.gpgSign=false", "core.safecrlf=false"],
  ...["submodule.recurse=false", "gc.auto=0", "maintenance.auto=false", "advice.addEmbeddedRepo=false"],
].flatMap((setting) => ["-c", setting]);

const TIMEOUT_MS = 600_000;
/**
 * Worktrees of one repository share the locks of its refs and its configuration, and git looks at all of them when it
 * makes one: also at those that are being made or removed (`commondir: Success`). Each is over in an instant.
 */
const BUSY = /\.lock': File exists|could not lock config file|failed to read .*\/worktrees\//;
const BUSY_TRIES = 40;
const BUSY_WAIT_MS = 250;

/**
 * Runs git and returns what it printed.
 * @throws GitFailed with what it said
 */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  for (let tries = 1; ; tries++) {
    const run = await once(args, options);
    if (run.exitCode === 0) return run.stdout;
    const said = run.stderr.trim() || run.stdout.trim() || run.shortMessage || `git ${args[0] ?? ""} failed`;
    if (tries === BUSY_TRIES || !BUSY.test(said)) throw new GitFailed(reasonIn(said));
    await sleep(BUSY_WAIT_MS * (0.5 + Math.random()));
  }
}

/** Without what it was doing until then. */
function reasonIn(said: string): string {
  const reasons = said.split("\n").flatMap((line) => /^(?:fatal|error): (.*)/.exec(line)?.[1] ?? []);
  return reasons.length === 0 ? said : reasons.join("; ");
}

/** As `git`, for what only asks: null when git says no. */
export const gitAnswer = (args: readonly string[], options: GitOptions): Promise<string | null> =>
  git(args, options).catch((error: unknown) => {
    if (error instanceof GitFailed) return null;
    throw error;
  });

function once(args: readonly string[], { cwd, runId, env, input }: GitOptions) {
  return execa("git", [...SETTINGS, ...args], {
    cwd,
    env: { ...ownEnvironment(), ...(runId !== undefined && { [MARKER]: runId }), ...env },
    extendEnv: false,
    reject: false,
    timeout: TIMEOUT_MS,
    // Ctrl-C in a terminal goes to the whole group: it means the launcher, and a commit under way is finished.
    detached: true,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
  });
}

/** Ours, without what says to git where it is or who asks: this program may itself run in a hook of another repository. */
function ownEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value === undefined || name.startsWith("GIT_") ? [] : [[name, value]],
  );
  return { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
}
