import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { findProgramProblem, type ProgramProblem } from "../program.js";
import { git, gitAnswer, type GitOptions } from "./git.js";

/** A repository, as seen from a folder in it. */
export interface Repository {
  /** The top of the checkout that the folder is in. */
  top: string;
  /** The folder, from the top: "" or "packages/api/". */
  prefix: string;
  /** Where all its worktrees keep what they share. */
  commonDir: string;
  /** The commit that is checked out there. */
  head: string;
}

/** The repository a folder is in, or why it cannot have worktrees. */
export async function findRepository(cwd: string): Promise<Repository | ProgramProblem> {
  const missing = await findProgramProblem({ file: "git", cwd, env: { PATH: process.env["PATH"] ?? "" } });
  if (missing !== null) return missing;
  const ask = (...args: string[]): Promise<string | null> => gitAnswer(["rev-parse", ...args], { cwd });
  const top = await ask("--show-toplevel");
  if (top === null) {
    const said = await git(["rev-parse", "--show-toplevel"], { cwd }).catch((error: unknown) => String(error));
    const unsafe = said.includes("dubious ownership");
    return unsafe
      ? { what: `git does not trust the repository of ${cwd}: it is another user's`, hint: TRUST(cwd) }
      : { what: `${cwd} is not in a git repository`, hint: "git init there, or another workspace in the role" };
  }
  const [prefix, commonDir, head] = await Promise.all([
    ask("--show-prefix"),
    ask("--git-common-dir"),
    ask("--verify", "-q", "HEAD^{commit}"),
  ]);
  if (head === null) {
    return { what: `the repository ${top} has no commit yet`, hint: "make one: git commit --allow-empty -m begin" };
  }
  return { top, prefix: prefix ?? "", commonDir: await realpath(resolve(cwd, commonDir ?? ".git")), head };
}

const TRUST = (cwd: string): string => `git config --global --add safe.directory ${cwd}`;

/** How git is run on what all worktrees of a repository share, whichever of its checkouts are there. */
export const inRepository = (commonDir: string, runId?: string): GitOptions => ({
  cwd: commonDir,
  env: { GIT_DIR: commonDir },
  ...(runId !== undefined && { runId }),
});

/** A name for a repository that tells it from others of this machine. */
export function repositoryName(commonDir: string): string {
  const name = basename(commonDir) === ".git" ? basename(dirname(commonDir)) : basename(commonDir);
  const hash = createHash("sha256").update(commonDir).digest("hex").slice(0, 12);
  return `${name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 40)}-${hash}`;
}

/** The commits of those of the refs that are there. */
export async function readRefs(repository: GitOptions, refs: readonly string[]): Promise<Map<string, string>> {
  const listed = await git(["for-each-ref", "--format=%(objectname) %(refname)", ...refs], repository);
  return new Map(
    listed
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]),
  );
}

/** Writes refs all at once or not at all: lines of `git update-ref --stdin`. */
export async function updateRefs(repository: GitOptions, lines: readonly string[]): Promise<void> {
  await git(["update-ref", "--stdin"], { ...repository, input: lines.map((line) => `${line}\n`).join("") });
}
